function [scores, best] = classification_demo(image, use_gpu, model, weights, mean_image)
% [scores, best] = classification_demo(image, use_gpu)  What a net sees in an image.
%   image: H x W x 3, RGB, as imread reads it
%   use_gpu: 1 for the first GPU, 0 for the CPU (the default)
%   scores: one for each of the 1000 classes of ILSVRC 2012, averaged over ten crops
%   best: the class with the greatest score, counted from 1
%
% [...] = classification_demo(image, use_gpu, model, weights, mean_image)  Another net: a deploy
%   prototxt with one input of three channels, its weights, and the mean image to subtract: W x H x
%   3, BGR, as caffe.io.read_mean reads it, or three numbers.
%   Default: CaffeNet, whose weights have to lie in models/bvlc_reference_caffenet, and the mean
%   colour of ILSVRC 2012.
%
%   Nets take arrays of width x height x channels x images, BGR, of class single, while imread makes
%   height x width x channels, RGB, of class uint8: prepare_image below goes from one to the other.
%
%   Example:
%     net = '/path/to/squeezenet_v1.1/';
%     scores = classification_demo(imread('cat.jpg'), 0, [net, 'deploy.prototxt'], ...
%       [net, 'squeezenet_v1.1.caffemodel']);
root = fileparts(fileparts(fileparts(mfilename('fullpath'))));
if ~exist(fullfile(root, 'models'), 'dir')  % a build folder
  root = fileparts(root);
end
if nargin < 1
  error('caffe:invalidArgument', 'usage: classification_demo(imread(''cat.jpg''))');
end
if nargin < 2 || isempty(use_gpu)
  use_gpu = false;
end
if nargin < 4
  model = fullfile(root, 'models', 'bvlc_reference_caffenet', 'deploy.prototxt');
  weights = fullfile(root, 'models', 'bvlc_reference_caffenet', ...
    'bvlc_reference_caffenet.caffemodel');
end
if nargin < 5
  mean_image = [104.0069879317889 116.66876761696767 122.6789143406786];
end
if ~exist(weights, 'file')
  error('caffe:io', ['there are no weights in %s: put them there, or name a model and weights ', ...
    'of your own'], weights);
end

if use_gpu
  caffe.set_mode_gpu();
  caffe.set_device(0);
else
  caffe.set_mode_cpu();
end

net = caffe.Net(model, weights, 'test');
shape = net.blobs(net.inputs{1}).shape();
crops = prepare_image(image, shape(1:2), mean_image);
net.blobs(net.inputs{1}).reshape(size(crops));  % ten crops, whatever the batch was

started = tic();
scores = net.forward({crops});
fprintf('one forward pass of ten crops: %.3f s\n', toc(started));

scores = mean(reshape(scores{1}, [], 10), 2);
[~, best] = max(scores);
end

function crops = prepare_image(image, crop, mean_image)
% Ten crops of the image, resized to a little more than a crop first, with the mean subtracted.
sizes = [256 256];
if size(image, 3) == 1
  image = repmat(image, [1 1 3]);
end
image = image(:, :, [3 2 1]);     % RGB to BGR
image = permute(image, [2 1 3]);  % width first
image = caffe.io.resize_image(single(image), max(sizes, crop));
if numel(mean_image) == 3
  mean_image = repmat(reshape(single(mean_image), 1, 1, 3), size(image, 1), size(image, 2));
end
if ~isequal(size(mean_image), size(image))
  mean_image = caffe.io.resize_image(single(mean_image), [size(image, 1), size(image, 2)]);
end
crops = caffe.io.oversample(image - mean_image, crop);
end
