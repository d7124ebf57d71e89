function values = features(net, images, name, varargin)
% values = caffe.features(net, images, 'fc7')  What a net makes of images, in one of its blobs.
%   images: names of files, a cell of names or of images W x H x C, or one array W x H x C x N.
%   Files and images in a cell are resized to the net's input; images are BGR, 0 to 255, as
%   caffe.io.load_image reads them. An array has to have the input's size and goes in as it is.
%   values: the blob's, the images along its last axis: D x N for an inner product, W x H x C x N
%   for a convolution.
%
%   caffe.features(..., 'mean', m) subtracts m from images of a cell or files: an image of the
%   input's size, or one number for each channel; 'scale', s multiplies them then by s.
%
%   The images go through the net in batches of the size its input has.
%
%   See also caffe.Net, caffe.io.
caffe.internal.check(nargin >= 3 && isa(net, 'caffe.Net'), 'caffe:invalidArgument', ...
  'usage: caffe.features(net, images, name), net a caffe.Net');
caffe.internal.check(numel(net.inputs) == 1, 'caffe:unsupported', ...
  'features are those of a net with one input; net "%s" has %d', net.name, numel(net.inputs));
blob = net.blobs(name);
input = net.blobs(net.inputs{1});
shape = input.shape();
last = numel(shape);
caffe.internal.check(last == 4 || (last > 0 && ~iscell(images) && ~ischar(images)), ...
  'caffe:shape', 'the input is of size %s: images need W x H x C x N', ...
  caffe.internal.sizes_text(shape));
images = prepared(images, shape, varargin);
caffe.internal.check(ndims(images) <= max(last, 2), 'caffe:shape', ...
  'the images are %s, the input %s', caffe.internal.sizes_text(size(images)), ...
  caffe.internal.sizes_text(shape));
count = size(images, last);
whole = repmat({':'}, 1, last - 1);
restore = onCleanup(@() input.reshape(shape));
parts = cell(1, ceil(count / shape(last)));
for i = 1:numel(parts)
  chosen = (i - 1) * shape(last) + 1:min(i * shape(last), count);
  input.reshape([shape(1:last - 1), numel(chosen)]);
  input.set_data(images(whole{:}, chosen));
  net.forward_prefilled();
  parts{i} = blob.get_data();
  axis = max(numel(blob.shape()), 1);
end
values = cat(axis, parts{:});
end

function images = prepared(images, shape, pairs)
options = struct('mean', [], 'scale', 1);
for i = 1:2:numel(pairs)
  caffe.internal.check(i < numel(pairs) && ischar(pairs{i}) && ...
    any(strcmp(pairs{i}, {'mean', 'scale'})), 'caffe:invalidArgument', ...
    'the options are ''mean'' and ''scale'', each with a value');
  value = pairs{i + 1};
  caffe.internal.check(isnumeric(value) && isreal(value) && ...
    (isscalar(value) || strcmp(pairs{i}, 'mean')), 'caffe:invalidArgument', ...
    'the mean has to be real numbers, the scale one');
  options.(pairs{i}) = full(value);
end
if ischar(images)
  images = {images};
end
caffe.internal.check(~isempty(images), 'caffe:invalidArgument', 'there are no images');
if ~iscell(images)
  images = caffe.internal.to_single(images);
  return
end
stack = zeros([shape(1:3), numel(images)], 'single');
for i = 1:numel(images)
  stack(:, :, :, i) = one(images{i}, shape, options);
end
images = stack;
end

function image = one(image, shape, options)
if ischar(image)
  image = caffe.io.load_image(image);
end
caffe.internal.check_image(image);
if size(image, 3) == 1
  image = repmat(image, [1 1 shape(3)]);
end
caffe.internal.check(size(image, 3) == shape(3), 'caffe:shape', ...
  'an image has %d channels, the input %d', size(image, 3), shape(3));
if ~isequal([size(image, 1), size(image, 2)], shape(1:2))
  image = caffe.io.resize_image(image, shape(1:2));
end
if numel(options.mean) == shape(3)
  options.mean = repmat(reshape(options.mean, 1, 1, []), shape(1:2));
end
if ~isempty(options.mean)
  caffe.internal.check(isequal(size(options.mean), size(image)), 'caffe:shape', ...
    'the mean has to be an image of %s, or a number for each channel', ...
    caffe.internal.sizes_text(size(image)));
  image = image - single(options.mean);
end
image = image * single(options.scale);
end
