function tests = test_package()
% The tests users run, and what belongs to no class.
tests = localfunctions();
end

function test_run_tests()
results = caffe.run_tests();
expect_equal(numel(results), 8);
expect_equal(any([results.Failed]), false);
end

function test_contents_lists_what_there_is()
root = fullfile(fileparts(which('caffe_mex')), '+caffe');
said = fileread(fullfile(root, 'Contents.m'));
named = regexp(said, '(?<=^%   caffe\.)\w+', 'match', 'lineanchors');
files = dir(fullfile(root, '*.m'));
there = regexprep({files.name}, '\.m$', '');
classes = regexprep({dir(fullfile(root, '@*')).name}, '^@', '');
there = [setdiff(there, 'Contents'), classes];
expect_equal(sort(named), sort(there));
end

function test_the_demonstrations_lie_beside_it()
root = fileparts(which('caffe_mex'));
expect_equal(exist(fullfile(root, 'demo', 'classification_demo.m'), 'file'), 2);
expect_equal(exist(fullfile(root, 'hdf5creation', 'store2hdf5.m'), 'file'), 2);
end

function test_version()
expect_equal(caffe.version(), '2.0.0');
end

function test_what_the_log_shows()
before = caffe.set_log_level('training');
restore = onCleanup(@() caffe.set_log_level(before)); %#ok<NASGU>
model = caffe.test.model_file(13);
remove = onCleanup(@() delete(model)); %#ok<NASGU>
expect_equal(evalc('caffe.Net(model, ''train'');'), '');
expect_equal(caffe.set_log_level('info'), 'training');
said = evalc('caffe.Net(model, ''train'');');
expect_equal(isempty(strfind(said, 'Creating Layer conv')), false); %#ok<STREMP>
expect_equal(caffe.set_log_level('none'), 'info');
expect_error('caffe:invalidArgument', @() caffe.set_log_level('loud'), {'training', 'loud'});
end

function test_random_seed()
model = caffe.test.model_file(13);
remove = onCleanup(@() delete(model)); %#ok<NASGU>
weights = cell(1, 3);
for i = 1:3
  if i < 3
    caffe.set_random_seed(7);
  end
  net = caffe.Net(model, 'train');
  weights{i} = net.params('conv', 1).get_data();
end
expect_equal(weights{1}, weights{2});
expect_equal(isequal(weights{2}, weights{3}), false);
expect_error('caffe:invalidArgument', @() caffe.set_random_seed(-1), {'-1'});
end

function test_devices()
caffe.set_mode_cpu();
expect_equal(caffe_mex('get_device'), 'cpu');
if isequal(caffe_mex('devices'), {'cpu'})
  expect_error('caffe:unsupported', @() caffe.set_mode_gpu());
  expect_error('caffe:unsupported', @() caffe.set_device(0));
end
expect_error('caffe:invalidArgument', @() caffe.set_device({}));
expect_equal(caffe_mex('get_device'), 'cpu');
end
