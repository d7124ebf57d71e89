function check_size(sizes)
% caffe.internal.check_size  An error unless the value is the size of an image: [W H].
if ~(numel(sizes) == 2 && ndims(sizes) == 2 && caffe.internal.is_index(sizes, flintmax()))
  error('caffe:shape', 'the size has to be [W H], not %s', caffe.internal.shown(sizes));
end
end
