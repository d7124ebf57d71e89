function set_device(device)
% caffe.set_device(0)        Nets made from now on run on the GPU of that number.
% caffe.set_device('cuda:1') or on the device of that name, 'cpu' being one.
%   An error, caffe:unsupported, where there is no such device.
caffe.internal.check(nargin == 1, 'caffe:invalidArgument', 'usage: caffe.set_device(number)');
if isnumeric(device) && isscalar(device) && isreal(device) && device >= 0 && device == fix(device)
  device = sprintf('gpu:%d', device);
end
caffe.internal.check(ischar(device), 'caffe:invalidArgument', ...
  'a device is the number of a GPU, from 0 on, or a name');
caffe_mex('set_device', device);
end
