function tests = test_tools()
% caffe.summary, caffe.time, caffe.features and the classification demo, on real nets.
here = fileparts(mfilename('fullpath'));
addpath(fullfile(here, '..', '..', 'matlab', 'demo'), '-end');
tests = localfunctions();
end

function [model, weights] = squeezenet()
model = shared('zoo', 'weights', 'squeezenet_v1.1', 'deploy.prototxt');
weights = shared('zoo', 'weights', 'squeezenet_v1.1', 'squeezenet_v1.1_fp16.caffemodel');
end

function test_summary()
layers = caffe.summary(lenet());
expect_equal(numel(layers), 9);
expect_equal(layers(2).name, 'conv1');
expect_equal(layers(2).type, 'Convolution');
expect_equal(layers(2).bottoms, {'data'});
expect_equal(layers(2).tops, {'conv1'});
expect_equal(layers(2).sizes, {[24 24 20 64]});
expect_equal(layers(2).parameters, 520);
said = evalc('caffe.summary(lenet())');
expect_equal(isempty(regexp(said, 'conv1 +Convolution +24 x 24 x 20 x 64 +520', 'once')), false);
expect_equal(isempty(regexp(said, '431080 parameters', 'once')), false);
end

function test_time()
times = caffe.time(lenet(), 2);
expect_equal(times.layers{2}, 'conv1');
expect_equal(times.types{2}, 'Convolution');
expect_equal(size(times.forward), [9 1]);
expect_equal(all(times.forward > 0) && times.total_forward > 0, true);
expect_equal(times.backward, zeros(9, 1));  % a net to deploy
net = caffe.Net(lenet(), 'test');
times = caffe.time(net, 1);
expect_equal(times.backward, zeros(9, 1));
expect_equal(times.total_backward, 0);
model = caffe.test.model_file(3);
remove = onCleanup(@() delete(model)); %#ok<NASGU>
learnt = caffe.time(model, 1);
expect_equal(learnt.total_backward > 0, true);
expect_equal(getfield(caffe.time(model, 1, 'test'), 'total_backward'), 0); %#ok<GFLD>
expect_equal(getfield(caffe.time(lenet(), 1, 'train'), 'total_backward') > 0, true); %#ok<GFLD>
expect_error('caffe:invalidArgument', @() caffe.time(net, 1, 'test'), {'phase'});
expect_error('caffe:invalidArgument', @() caffe.time(lenet(), 1, 'run'), {'train'});
said = evalc('disp(times)');
expect_equal(numel(strsplit(said, '\n')), 12);
expect_error('caffe:invalidArgument', @() caffe.time());
expect_error('caffe:invalidArgument', @() caffe.time(net, 0));
end

function test_features_come_in_batches()
[model, weights] = lenet();
net = caffe.Net(model, weights, 'test');
images = rand(28, 28, 1, 7, 'single');
net.blobs('data').reshape([28 28 1 3]);
values = caffe.features(net, images, 'ip1');
expect_equal(size(values), [500 7]);
expect_equal(net.blobs('data').shape(), [28 28 1 3]);
net.reshape_as_input({images});
net.forward({images});
expect_equal(values, net.blobs('ip1').get_data(), 1e-5);
expect_equal(size(caffe.features(net, images, 'pool2')), [4 4 50 7]);
expect_error('caffe:notFound', @() caffe.features(net, images, 'fc7'), {'fc7', 'ip1'});
expect_error('caffe:shape', @() caffe.features(net, rand(27, 28, 1, 2), 'ip1'), {'27', '28'});
end

function test_features_of_files()
[model, weights] = squeezenet();
net = caffe.Net(model, weights, 'test');
file = shared('data', 'images', 'cat.jpg');
grey = shared('data', 'images', 'cat_gray.jpg');
mean_colour = [104 117 123];
images = {file, caffe.io.load_image(file), grey};
values = caffe.features(net, images, 'pool10', 'mean', mean_colour);
expect_equal(size(values), [1 1 1000 3]);
expect_equal(values(:, :, :, 1), values(:, :, :, 2), 1e-4);
expect_error('caffe:invalidArgument', @() caffe.features(net, {}, 'pool10'));
expect_error('caffe:shape', @() caffe.features(net, file, 'pool10', 'mean', [1 2]), {'mean'});
expect_error('caffe:invalidArgument', @() caffe.features(net, file, 'pool10', 'median', 1));
end

function test_classification_demo()
[model, weights] = squeezenet();
image = imread(shared('data', 'images', 'cat.jpg'));
evalc('[scores, best] = classification_demo(image, 0, model, weights);');
expect_equal(best, 283);  % tiger cat
expect_equal(numel(scores), 1000);
expect_equal(sum(scores), single(1), 1e-4);
% What Python's caffe.Classifier says of the same crops.
expect_equal(scores(283), single(0.28082272), 1e-5);
end
