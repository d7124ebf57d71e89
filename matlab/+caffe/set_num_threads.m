function set_num_threads(count)
% caffe.set_num_threads(count)  Threads that nets compute with; 0 for as many as there are cores.
%   Threads that wait for work soon sleep, so as not to keep cores from other processes; the
%   environment's OMP_WAIT_POLICY or GOMP_SPINCOUNT say otherwise, when MATLAB or Octave starts.
caffe_mex('set_threads', count);
end
