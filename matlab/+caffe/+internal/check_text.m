function check_text(value, name)
% caffe.internal.check_text  An error unless the value is a row of characters.
if ~(ischar(value) && size(value, 1) == 1)
  error('caffe:invalidArgument', '%s has to be a row of characters, not %s of class %s', name, ...
    caffe.internal.sizes_text(size(value)), class(value));
end
end
