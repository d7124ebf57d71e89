function tests = test_model()
% caffe.load and caffe.Model: from images of every kind to labels.
tests = localfunctions();
end

function test_images_of_every_kind()
[folder, cleaner] = scratch(); %#ok<ASGLU>
model = caffe.load(colors_model(folder));
red = reshape(uint8([255 128 0]), 1, 1, 3);
images = {fullfile(folder, 'red.png'), red, double(red), single(red), double(red) / 255, ...
  single(red) / 255, cat(3, red, uint8(7)), uint16(red) * 257};
for i = 1:numel(images)
  scores = model.predict(images{i});
  expect_equal({scores.label}, {'red', 'green', 'blue'});
  expect_equal([scores.index], [3 2 1]);
  expect_equal([scores.probability], [450 216 -20]);
  expect_equal(model.preprocess(images{i}), reshape(single([-20 216 450]), 1, 1, 3));
end
expect_equal(model.preprocess(true), reshape(single([490 470 450]), 1, 1, 3));
expect_equal(model.preprocess(uint8(100)), reshape(single([180 160 140]), 1, 1, 3));
end

function test_images_lie_as_they_should()
% An image that is no square: rows stay rows.
[folder, cleaner] = scratch(); %#ok<ASGLU>
colors_model(folder);
file = fullfile(folder, 'deploy.prototxt');
text = strrep(fileread(file), 'dim: 1 dim: 3 dim: 1 dim: 1', 'dim: 1 dim: 3 dim: 2 dim: 3');
text = strrep(text, 'layer { name: "ip"', ['layer { name: "pool" type: "Pooling" ', ...
  'bottom: "data" top: "pool" pooling_param { pool: AVE global_pooling: true } } ', ...
  'layer { name: "ip"']);
text = strrep(text, 'bottom: "data" top: "ip"', 'bottom: "pool" top: "ip"');
write_lines(file, text);
card = fullfile(folder, 'readme.md');
write_lines(card, strrep(fileread(card), ...
  'shape: [1, 3, 1, 1], order: BGR, mean: [10, 20, 30], scale: 2', 'order: RGB'));
model = caffe.load(folder);
image = uint8(reshape(1:18, 2, 3, 3));
expect_equal(model.preprocess(image), permute(single(image), [2 1 3]));
end

function test_several_images()
[folder, cleaner] = scratch(); %#ok<ASGLU>
model = caffe.load(colors_model(folder));
files = {fullfile(folder, 'red.png'), fullfile(folder, 'blue.png')};
scores = model.predict(files, 1);
expect_equal(size(scores), [1 2]);
expect_equal({scores{1}.label, scores{2}.label}, {'red', 'blue'});
shown = evalc('model.predict(files{1}, 2)');
expect_equal(strsplit(shown, sprintf('\n')), {files{1}, 'probability  index  label', ...
  '   450.0000      3  red  ', '   216.0000      2  green', ''});
end

function test_what_the_card_says()
[folder, cleaner] = scratch(); %#ok<ASGLU>
model = caffe.load(colors_model(folder), 'threads', 1);
expect_equal({model.name, model.task}, {'Colors', 'image classification'});
expect_equal(model.labels, {'blue'; 'green'; 'red'});
model.check();
net = model.net;
delete(model);
net.forward_prefilled();
expect_equal(size(net.blobs('ip').get_data()), [3 1]);
expect_error('caffe:stale', @() model.predict(uint8(1)), {'deleted'});
end

function test_names_are_looked_for()
[folder, cleaner] = scratch(); %#ok<ASGLU>
colors_model(fullfile(folder, 'colors'));
before = getenv('CAFFE_ZOO');
back = onCleanup(@() setenv('CAFFE_ZOO', before)); %#ok<NASGU>
setenv('CAFFE_ZOO', [fullfile(folder, 'none'), pathsep, folder]);
model = caffe.load('colors');
expect_equal(model.name, 'Colors');
model = caffe.load(fullfile(folder, 'colors', 'readme.md'));
expect_equal(model.name, 'Colors');
expect_error('caffe:notFound', @() caffe.load('colour'), {'caffe zoo download colour', folder});
expect_error('caffe:io', @() caffe.load(folder), {'readme.md'});
end

function test_mistakes()
[folder, cleaner] = scratch(); %#ok<ASGLU>
model = caffe.load(colors_model(folder));
expect_error('caffe:io', @() model.predict('none.png'), {'none.png'});
expect_error('caffe:shape', @() model.predict(zeros(3, 5, 5)), {'3 x 5 x 5'});
expect_error('caffe:invalidArgument', @() model.predict(uint8(1), 0), {'top'});
expect_error('caffe:invalidArgument', @() model.predict(NaN), {'no numbers'});
expect_error('caffe:parse', @() caffe.load(folder, 'thread', 1), {'threads'});
delete(fullfile(folder, 'colors.caffemodel'));
expect_error('caffe:io', @() caffe.load(folder), {'colors.caffemodel', 'caffe zoo download'});
end

function test_the_same_bits_as_in_python()
source = fileparts(shared('zoo', 'weights', 'squeezenet_v1.1', 'deploy.prototxt'));
image = shared('data', 'images', 'cat.jpg');
[folder, cleaner] = scratch(); %#ok<ASGLU>
copyfile(fullfile(source, 'deploy.prototxt'), folder);
copyfile(fullfile(source, 'squeezenet_v1.1_fp16.caffemodel'), fullfile(folder, 'net.caffemodel'));
write_lines(fullfile(folder, 'readme.md'), {'---', 'name: SqueezeNet', ...
  'caffemodel: net.caffemodel', 'inputs:', ...
  '- {name: data, mean: [104, 117, 123], resize: [256, 256], crop: 227}', '---'});
file = fullfile(folder, 'found.bin');
run_python('model_inputs.py', folder, image, file);
stream = fopen(file, 'r', 'ieee-le');
expected = fread(stream, Inf, 'single=>single');
fclose(stream);
model = caffe.load(folder, 'threads', 1, 'convolution', 'direct');
scores = model.predict(image);
values = model.preprocess(image);
expect_equal(size(values), [227 227 3]);
expect_equal(values(:), expected(1:end - 10));
expect_equal([scores.index]', double(expected(end - 9:end - 5)) + 1);
expect_equal(single([scores.probability])', expected(end - 4:end));
expect_equal(model.preprocess(imread(image)), values);
end
