function set_mode_gpu()
% caffe.set_mode_gpu()  Nets made from now on run on the GPU: the one of caffe.set_device, or the
%   first. An error, caffe:unsupported, says why where there is none; nothing falls back to the CPU.
if strcmp(caffe_mex('get_device'), 'cpu')
  caffe_mex('set_device', 'gpu');
end
end
