function net = net_of(what, phase)
% caffe.internal.net_of  A caffe.Net as it is; of a prototxt's name a new one.
if isa(what, 'caffe.Net')
  net = what;
else
  caffe.internal.check(ischar(what), 'caffe:invalidArgument', ...
    'expected a caffe.Net or the name of a prototxt, not a value of class %s', class(what));
  net = caffe.Net(what, phase);
end
end
