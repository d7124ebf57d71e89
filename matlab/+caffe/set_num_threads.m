function set_num_threads(count)
% caffe.set_num_threads(count)  Threads that nets compute with; 0 for as many as there are cores.
caffe_mex('set_threads', count);
end
