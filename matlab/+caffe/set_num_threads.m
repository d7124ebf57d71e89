function set_num_threads(count)
% caffe.set_num_threads(count)  Threads that nets compute with; 0 for as many as there are cores.
%   Threads that wait for work spin for milliseconds before they sleep, and keep cores from other
%   processes that want them. Octave has to be told otherwise when it starts, since it loads the
%   OpenMP runtime before the library does:
%     GOMP_SPINCOUNT=1000 octave
caffe_mex('set_threads', count);
end
