function tests = test_old_scripts()
% What scripts of 2015 do, as tutorials of that time taught it, with results that are known.
tests = localfunctions();
end

function [file, cleaner] = old_definition()
% Inputs and layers as they were written then.
[file, cleaner] = text_file({ ...
  'name: "old"'
  'input: "data" input_dim: 2 input_dim: 3 input_dim: 6 input_dim: 8'
  'force_backward: true'
  'layers { name: "conv1" type: CONVOLUTION bottom: "data" top: "conv1"'
  '  blobs_lr: 1 blobs_lr: 2 weight_decay: 1 weight_decay: 0'
  '  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "gaussian" std: 1 } } }'
  'layers { name: "relu1" type: RELU bottom: "conv1" top: "conv1" }'
  'layers { name: "fc" type: INNER_PRODUCT bottom: "conv1" top: "fc"'
  '  inner_product_param { num_output: 5 weight_filler { type: "gaussian" std: 0.1 } } }'
  'layers { name: "prob" type: SOFTMAX bottom: "fc" top: "prob" }'});
end

function pixels = digits(count)
% MNIST's first test images, H x W x count, uint8, as other tools make them.
file = shared('data', 'mnist', 't10k-images-idx3-ubyte.gz');
[folder, cleaner] = scratch(); %#ok<ASGLU>
copyfile(file, fullfile(folder, 'digits.gz'));
gunzip(fullfile(folder, 'digits.gz'));
stream = fopen(fullfile(folder, 'digits'), 'r');
fseek(stream, 16, 'bof');
pixels = permute(reshape(fread(stream, 28 * 28 * count, '*uint8'), 28, 28, count), [2 1 3]);
fclose(stream);
end

function test_the_first_words_of_the_oldest()
expect_error('caffe:unsupported', @() matcaffe_init(0, 'deploy.prototxt', 'net.caffemodel'), ...
  {'caffe.Net(model, weights, ''test'')', 'net.forward({images})'});
end

function test_batches_of_images()
[model, weights] = lenet();
caffe.set_mode_cpu();
net = caffe.Net(model, 'test');
net.copy_from(weights);
images = digits(30);
labels = zeros(1, 30);
for first = 1:10:30
  batch = single(images(:, :, first:first + 9)) / 256;
  batch = reshape(permute(batch, [2 1 3]), 28, 28, 1, 10);  % width first
  net.blobs('data').reshape([28 28 1 10]);
  net.reshape();
  net.blobs('data').set_data(batch);
  net.forward_prefilled();
  scores = net.blobs('prob').get_data();
  expect_equal(size(scores), [10 10]);
  [~, best] = max(scores, [], 1);
  labels(first:first + 9) = best - 1;
end
expect_equal(labels, [7 2 1 0 4 1 4 9 5 9 0 6 9 0 1 5 9 7 3 4 9 6 6 5 4 0 7 4 0 1]);
end

function test_looking_into_all_layers()
[file, cleaner] = old_definition(); %#ok<ASGLU>
net = caffe.get_net(file, 'test');
counted = 0;
for i = 1:length(net.layer_vec)
  layer = net.layer_vec(i);
  for j = 1:length(layer.params)
    counted = counted + numel(net.params(net.layer_names{i}, j).get_data());
    expect_equal(layer.params(j).get_data(), net.layers(net.layer_names{i}).params(j).get_data());
  end
end
expect_equal(counted, 3 * 3 * 3 * 4 + 4 + 6 * 4 * 4 * 5 + 5);
expect_equal(net.layers('conv1').type(), 'Convolution');
expect_equal(net.layer_vec(net.name2layer_index('conv1')).params(1).shape(), [3 3 3 4]);
expect_equal(net.blob_vec(net.name2blob_index('conv1')).shape(), [6 4 4 2]);
expect_equal(net.blob_vec(1).shape, [8 6 3 2]);
shapes = cellfun(@(name) net.blobs(name).shape(), net.blob_names, 'UniformOutput', false);
expect_equal(shapes{end}, [5 2]);
expect_equal(net.outputs{1}, 'prob');
end

function test_weights_times_ten()
[file, cleaner] = old_definition(); %#ok<ASGLU>
net = caffe.Net(file, 'test');
weights = net.params('conv1', 1).get_data();
bias = net.params('conv1', 2).get_data();
data = rand(8, 6, 3, 2, 'single');
net.forward({data});
before = net.blobs('conv1').get_data();
net.params('conv1', 1).set_data(weights * 10);
net.layers('conv1').params(2).set_data(bias * 10);
net.forward({data});
expect_close(net.blobs('conv1').get_data(), 10 * before, 1e-4, 1e-5, 'conv1');
saved = [tempname(), '.caffemodel'];
net.save(saved);
again = caffe.Net(file, saved, 'test');
delete(saved);
expect_equal(again.params('conv1', 1).get_data(), weights * 10);
end

function test_fully_convolutional_surgery()
% The inner products of LeNet become convolutions, which go over larger images in one pass.
[model, weights] = lenet();
net = caffe.Net(model, weights, 'test');
[file, cleaner] = text_file({ ...
  'name: "sliding" input: "data" input_dim: 1 input_dim: 1 input_dim: 28 input_dim: 32'
  convolution('conv1', 'data', 20, 5)
  pool('pool1', 'conv1')
  convolution('conv2', 'pool1', 50, 5)
  pool('pool2', 'conv2')
  convolution('conv3', 'pool2', 500, 4)
  'layer { name: "relu" type: "ReLU" bottom: "conv3" top: "conv3" }'
  convolution('conv4', 'conv3', 10, 1)}); %#ok<ASGLU>
sliding = caffe.Net(file, 'test');
for name = {'conv1', 'conv2'}
  for k = 1:2
    sliding.params(name{1}, k).set_data(net.params(name{1}, k).get_data());
  end
end
for pair = {'ip1', 'ip2'; 'conv3', 'conv4'}
  for k = 1:2
    target = sliding.params(pair{2}, k);
    target.set_data(reshape(net.params(pair{1}, k).get_data(), [target.shape(), 1]));
  end
end
% Width first: 32 wide, 28 high, so two places beside each other, 4 pixels apart.
image = single(permute(digits(1), [2 1])) / 256;
wide = [zeros(4, 28, 'single'); image];
map = sliding.forward({wide});
expect_equal(size(map{1}), [2 1 10]);
for place = 1:2
  crop = wide(4 * (place - 1) + (1:28), :);
  net.blobs('data').reshape([28 28 1 1]);
  net.forward({crop});
  scores = reshape(map{1}(place, 1, :), [], 1);
  expect_close(scores, net.blobs('ip2').get_data(), 1e-3, 1e-3, 'map');
end
end

function text = convolution(name, bottom, outputs, size)
text = sprintf(['layer { name: "%s" type: "Convolution" bottom: "%s" top: "%s" ', ...
  'convolution_param { num_output: %d kernel_size: %d } }'], name, bottom, name, outputs, size);
end

function text = pool(name, bottom)
text = sprintf(['layer { name: "%s" type: "Pooling" bottom: "%s" top: "%s" ', ...
  'pooling_param { pool: MAX kernel_size: 2 stride: 2 } }'], name, bottom, name);
end

function test_the_gradient_of_a_class()
% What in the image speaks for a class: one at its score, backward, the input's gradient.
[file, cleaner] = old_definition(); %#ok<ASGLU>
caffe.set_random_seed(1);  % other weights may have a kink nearby
net = caffe.Net(file, 'test');
data = reshape(mod(0.37 * (1:288), 1), [8, 6, 3, 2]);
net.forward({data});
chosen = zeros(5, 2);
chosen(3, 1) = 1;
net.blobs('fc').set_diff(chosen);
net.backward_prefilled('fc', 'conv1');
gradient = net.blobs('data').get_diff();
of_image = reshape(gradient, [], 2);
expect_equal(any(of_image), [true false]);
% Along a direction it is the change of the score.
direction = zeros(8, 6, 3, 2);
direction(:, :, :, 1) = 1e-3 * gradient(:, :, :, 1);
score = @(x) scored(net, x);
measured = (score(data + direction) - score(data - direction)) / 2;
expect_close(measured, sum(direction(:) .* double(gradient(:))), 2e-2, 1e-4, 'gradient');
end

function value = scored(net, data)
net.blobs('data').set_data(data);
net.forward_prefilled();
scores = double(net.blobs('fc').get_data());
value = scores(3, 1);
end

function test_training_by_hand()
% One iteration at a time, with a look at the loss, and at the weights in between.
[file, cleaner] = text_file({ ...
  'base_lr: 0.1 lr_policy: "step" gamma: 0.5 stepsize: 20 max_iter: 60 random_seed: 1'
  'net_param { layer { name: "data" type: "DummyData" top: "x" dummy_data_param {'
  '    shape { dim: 16 dim: 2 } data_filler { type: "gaussian" } } }'
  '  layer { name: "target" type: "InnerProduct" bottom: "x" top: "t"'
  '    param { lr_mult: 0 } inner_product_param { num_output: 1 bias_term: false'
  '      weight_filler { type: "constant" value: 2 } } }'
  '  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"'
  '    inner_product_param { num_output: 1 bias_term: false } }'
  '  layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "loss" } }' ...
  }); %#ok<ASGLU>
solver = caffe.get_solver(file);
losses = zeros(1, 60);
norms = zeros(1, 60);
while solver.iter() < solver.max_iter()
  solver.step(1);
  losses(solver.iter()) = solver.net.blobs('loss').get_data();
  norms(solver.iter()) = norm(solver.net.params('ip', 1).get_data());
end
expect_equal(losses(end) < 0.05 * losses(1), true);
expect_equal(norms(end), norm([2 2]), 0.1);
expect_equal(solver.net.params('target', 1).get_data(), single([2; 2]));
solver.net.params('ip', 1).set_data([2; 2]);
expect_equal(solver.net.forward_prefilled(), 0);
end

function test_ten_crops_by_hand()
% Corners and the centre, flipped and not: in another order than caffe.io.oversample, but the same.
image = caffe.io.load_image(shared('data', 'images', 'cat.jpg'));
image = caffe.io.resize_image(image, [64 64]);
crop = 56;
edges = [1, 64 - crop + 1];
crops = zeros(crop, crop, 3, 10, 'single');
n = 0;
for x = edges
  for y = edges
    n = n + 1;
    crops(:, :, :, n) = image(x:x + crop - 1, y:y + crop - 1, :);
    crops(:, :, :, n + 5) = flipdim_by_hand(crops(:, :, :, n));
  end
end
middle = 64 / 2 - crop / 2 + 1;
crops(:, :, :, 5) = image(middle:middle + crop - 1, middle:middle + crop - 1, :);
crops(:, :, :, 10) = flipdim_by_hand(crops(:, :, :, 5));
flat = @(x) sortrows(reshape(x, [], 10)');
expect_equal(flat(crops), flat(caffe.io.oversample(image, [crop crop])));
end

function image = flipdim_by_hand(image)
image = image(end:-1:1, :, :);
end

function test_pixels_of_an_image_that_is_read()
% BGR, width first, from what imread says; and back.
file = shared('data', 'images', 'cat.jpg');
pixels = imread(file);
image = permute(single(pixels(:, :, [3 2 1])), [2 1 3]);
expect_equal(caffe.io.load_image(file), image);
back = uint8(permute(image, [2 1 3]));
expect_equal(back(:, :, [3 2 1]), pixels);
end
