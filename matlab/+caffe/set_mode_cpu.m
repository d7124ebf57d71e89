function set_mode_cpu()
% caffe.set_mode_cpu()  Nets made from now on run on the CPU; so they do by default.
caffe_mex('set_device', 'cpu');
end
