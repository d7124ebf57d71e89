function text = shown(value)
% caffe.internal.shown  A value in a message: "[1 2 3]", or its size and class where that is long.
if (isnumeric(value) || islogical(value)) && ndims(value) == 2 && numel(value) <= 8
  text = mat2str(full(value));
else
  text = sprintf('%s of class %s', caffe.internal.sizes_text(size(value)), class(value));
end
end
