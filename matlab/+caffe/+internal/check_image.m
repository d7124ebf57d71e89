function check_image(image)
% caffe.internal.check_image  An error unless the value is an array W x H x C of real numbers.
if ~((isnumeric(image) || islogical(image)) && isreal(image))
  error('caffe:invalidArgument', ...
    'an image is an array W x H x C of real numbers, not a value of class %s', class(image));
end
if isempty(image) || ndims(image) > 3
  error('caffe:shape', 'an image is an array W x H x C, not one of size %s', ...
    caffe.internal.sizes_text(size(image)));
end
end
