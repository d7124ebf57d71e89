function tests = test_against_python()
% SqueezeNet v1.1 says of ten crops of a cat what it says in Python.
tests = localfunctions();
end

function test_scores_of_ten_crops()
folder = fileparts(shared('zoo', 'weights', 'squeezenet_v1.1', 'deploy.prototxt'));
model = fullfile(folder, 'deploy.prototxt');
weights = fullfile(folder, 'squeezenet_v1.1_fp16.caffemodel');
image = caffe.io.load_image(shared('data', 'images', 'cat.jpg'));
image = caffe.io.resize_image(image, [256 256]) - ...
  repmat(reshape(single([104 117 123]), 1, 1, 3), [256 256]);
crops = caffe.io.oversample(image, [227 227]);

[here, cleaner] = scratch(); %#ok<ASGLU>
stream = fopen(fullfile(here, 'crops.bin'), 'w', 'ieee-le');
fwrite(stream, crops, 'single');
fclose(stream);
run_python('classify_crops.py', model, weights, fullfile(here, 'crops.bin'), ...
  fullfile(here, 'scores.bin'));
stream = fopen(fullfile(here, 'scores.bin'), 'r', 'ieee-le');
expected = fread(stream, [1000 10], 'single=>single');
fclose(stream);

net = caffe.Net(model, weights, 'test');
net.reshape_as_input({crops});
scores = net.forward({crops});
scores = reshape(scores{1}, 1000, 10);
expect_equal(scores, expected, 1e-5);
[~, best] = max(mean(scores, 2));
expect_equal(best, 283);  % tiger cat
% The crops differ from each other, and so do what it says of them.
expect_equal(size(unique(scores', 'rows')), [10 1000]);
end
