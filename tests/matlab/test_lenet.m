function tests = test_lenet()
% LeNet learns handwritten digits from a script, to the bit as the caffe command does it.
tests = localfunctions();
end

function test_the_same_weights_as_the_command()
[folder, cleaner] = scratch(); %#ok<ASGLU>
before = cd(folder);
back = onCleanup(@() cd(before)); %#ok<NASGU>
digits('t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte');
run_caffe('convert_mnist_data', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte', 'digits');
define_training();

run_caffe('train', '-solver', 'solver.prototxt');
movefile('lenet_iter_50.caffemodel', 'command.caffemodel');
movefile('lenet_iter_50.solverstate', 'command.solverstate');

solver = caffe.Solver('solver.prototxt');
solver.step(20);
solver.solve('every', 7, 'callback', @(s) s.net.blobs('loss').get_data());
expect_equal(solver.iter(), 50);
trained = caffe.Net('train.prototxt', 'command.caffemodel', 'train');
for name = {'conv1', 'conv2', 'ip1', 'ip2'}
  for k = 1:2
    expect_equal(solver.net.params(name{1}, k).get_data(), ...
      trained.params(name{1}, k).get_data());
  end
end
% So are the files, the solver's state among them; but that names the weights' file.
expect_equal(bytes_of('lenet_iter_50.caffemodel'), bytes_of('command.caffemodel'));
expect_equal(numel(bytes_of('lenet_iter_50.solverstate')), numel(bytes_of('command.solverstate')));
% And it has learnt something: by chance it would be 1 in 10.
right = 0;
for i = 1:10
  solver.test_nets(1).forward_prefilled();
  right = right + solver.test_nets(1).blobs('accuracy').get_data() / 10;
end
if right < 0.7
  error('of the digits %.0f %% are told', 100 * right);
end
end

function digits(varargin)
for name = varargin
  copyfile(shared('data', 'mnist', [name{1}, '.gz']), [name{1}, '.gz']);
  gunzip([name{1}, '.gz']);
end
end

function define_training()
root = fullfile(fileparts(mfilename('fullpath')), '..', '..');
text = fileread(fullfile(root, 'examples', 'mnist', 'lenet_train_test.prototxt'));
expect_equal(numel(strfind(text, 'examples/mnist/')), 2);
write_lines('train.prototxt', regexprep(text, 'examples/mnist/\w+', 'digits'));
write_lines('solver.prototxt', ['net: "train.prototxt" test_iter: 1 test_interval: 25 ', ...
  'base_lr: 0.01 momentum: 0.9 weight_decay: 0.0005 lr_policy: "inv" gamma: 0.0001 ', ...
  'power: 0.75 max_iter: 50 snapshot_prefix: "lenet" random_seed: 7']);
end

function bytes = bytes_of(file)
stream = fopen(file, 'r');
bytes = fread(stream, Inf, '*uint8');
fclose(stream);
end
