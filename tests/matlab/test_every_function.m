function tests = test_every_function()
% Each public function and method of the package does what its help says. The functions are read
% from the package's files: one without a row here fails.
tests = [{'nothing_is_missing', @nothing_is_missing}; rows()];
end

function nothing_is_missing()
listed = public_functions();
known = rows();
missing = setdiff({listed.name}, known(:, 1)');
if ~isempty(missing)
  error('no row in the table of this file: %s', strjoin(missing, ', '));
end
expect_equal(sort(known(:, 1)), sort({listed.name}'));
end

function known = rows()
known = { ...
  'Blob.Blob', @() expect_error('caffe:invalidArgument', @() caffe.Blob(), {'net.blobs'}); ...
  'Blob.shape', @() expect_equal(blob('x').shape(), [3 2]); ...
  'Blob.reshape', @blob_reshape; ...
  'Blob.get_data', @() expect_equal(blob('x').get_data(), zeros(3, 2, 'single')); ...
  'Blob.set_data', @blob_set_data; ...
  'Blob.get_diff', @() expect_equal(blob('x').get_diff(), zeros(3, 2, 'single')); ...
  'Blob.set_diff', @blob_set_diff; ...
  'Blob.disp', @() expect_shown(blob('x'), 'caffe.Blob 3 x 2'); ...
  'Layer.Layer', @() expect_error('caffe:invalidArgument', @() caffe.Layer(), {'net.layers'}); ...
  'Layer.type', @() expect_equal(layer('ip').type(), 'InnerProduct'); ...
  'Layer.set_params_data', @layer_set_params_data; ...
  'Layer.implementation', @() expect_equal(ischar(layer('ip').implementation()), true); ...
  'Layer.prototxt', @() expect_has(layer('ip').prototxt(), 'num_output: 2'); ...
  'Layer.disp', @() expect_shown(layer('ip'), ...
    'caffe.Layer ip (InnerProduct), 2 parameter blobs'); ...
  'Net.Net', @() expect_equal(net().name, 'n'); ...
  'Net.delete', @net_delete; ...
  'Net.layers', @() expect_equal(net().layers('ip').name, 'ip'); ...
  'Net.blobs', @() expect_equal(net().blobs('y').shape(), [2 2]); ...
  'Net.params', @() expect_equal(net().params('ip', 1).get_data(), weights()); ...
  'Net.set_params_data', @net_set_params_data; ...
  'Net.forward', @() expect_equal(net().forward({x()}), {y()}); ...
  'Net.backward', @net_backward; ...
  'Net.forward_prefilled', @net_forward_prefilled; ...
  'Net.backward_prefilled', @net_backward_prefilled; ...
  'Net.clear_param_diffs', @net_clear_param_diffs; ...
  'Net.set_input_data', @net_set_input_data; ...
  'Net.get_output', @net_get_output; ...
  'Net.set_input_arrays', @net_set_input_arrays; ...
  'Net.copy_from', @() saved_and_read('.caffemodel', @read_into); ...
  'Net.save', @() saved_and_read('.h5', @(file) caffe.Net(model_here(), file, 'test')); ...
  'Net.export_onnx', @net_export_onnx; ...
  'Net.reshape', @net_reshape; ...
  'Net.reshape_as_input', @net_reshape_as_input; ...
  'Net.share_weights_with', @net_share_weights_with; ...
  'Net.clone', @() expect_equal(net().clone().forward({x()}), {y()}); ...
  'Net.prototxt', @() expect_has(net().prototxt(), 'type: "InnerProduct"'); ...
  'Net.measure', @net_measure; ...
  'Net.disp', @() expect_shown(net(), 'caffe.Net "n" (test), 2 layers, inputs: x, outputs: y'); ...
  'Model.Model', @() in_scratch(@() expect_equal(caffe.Model(colors()).name, 'Colors')); ...
  'Model.delete', @() in_scratch(@model_delete); ...
  'Model.preprocess', @() in_scratch(@() expect_equal( ...
    caffe.load(colors()).preprocess(uint8(100)), reshape(single([180 160 140]), 1, 1, 3))); ...
  'Model.predict', @() in_scratch(@() expect_equal( ...
    caffe.load(colors()).predict(fullfile('colors', 'red.png'), 1).label, 'red')); ...
  'Model.check', @() in_scratch(@() caffe.load(colors()).check()); ...
  'Model.disp', @() in_scratch(@() expect_shown(caffe.load(colors()), ...
    'caffe.Model "Colors" (image classification), 3 labels')); ...
  'load.load', @() in_scratch(@() expect_equal(caffe.load(colors()).labels{3}, 'red')); ...
  'Solver.Solver', @() expect_equal(solver('type', 'Adam').type(), 'Adam'); ...
  'Solver.delete', @solver_delete; ...
  'Solver.iter', @() expect_equal(stepped(3).iter(), 3); ...
  'Solver.max_iter', @() expect_equal(solver().max_iter(), 4); ...
  'Solver.loss', @() expect_equal(stepped(1).loss(), 0.5); ...
  'Solver.learning_rate', @() expect_equal(stepped(2).learning_rate(), 0.125, 1e-7); ...
  'Solver.type', @() expect_equal(solver().type(), 'SGD'); ...
  'Solver.prototxt', @() expect_has(solver().prototxt(), 'base_lr: 0.5'); ...
  'Solver.step', @() expect_equal(learnt(stepped(2)), single(0.5 + 0.25 * 0.5)); ...
  'Solver.solve', @() solved(4, @(s) 0); ...
  'Solver.stop', @() solved(1, @(s) s.stop()); ...
  'Solver.is_stopping', @solver_is_stopping; ...
  'Solver.test', @solver_test; ...
  'Solver.apply_update', @solver_apply_update; ...
  'Solver.snapshot', @() in_scratch(@() expect_equal(stepped(2).snapshot(), ...
    's_iter_2.solverstate')); ...
  'Solver.restore', @() in_scratch(@solver_restore); ...
  'Solver.disp', @() expect_shown(stepped(1), ...
    'caffe.Solver SGD at iteration 1 of 4, net "one"'); ...
  'features', @() expect_equal(caffe.features(net(), x(), 'y'), y()); ...
  'get_net', @check_get_net; ...
  'get_solver', @() expect_error('caffe:io', @() caffe.get_solver('nowhere'), {'nowhere'}); ...
  'io.load_image', @() in_scratch(@load_image); ...
  'io.from_image', @() expect_equal(caffe.io.from_image(uint8([1 2])), single([1; 2])); ...
  'io.resize_image', @() expect_equal(caffe.io.resize_image([0; 4], [4 1]), ...
    single([0 1 3 3]'), 1e-6); ...
  'io.oversample', @() ...
    expect_equal(size(caffe.io.oversample(ones(5, 4, 3), [2 3])), [2 3 3 10]); ...
  'io.read_mean', @() in_scratch(@mean_image); ...
  'io.write_mean', @() in_scratch(@mean_image); ...
  'reset_all', @check_reset_all; ...
  'run_tests', @() expect_has(evalc('caffe.run_tests();'), ' 0 failed, 0 skipped'); ...
  'set_device', @() expect_error('caffe:unsupported', @() caffe.set_device(97)); ...
  'set_log_level', @check_set_log_level; ...
  'set_mode_cpu', @check_set_mode_cpu; ...
  'set_mode_gpu', @check_set_mode_gpu; ...
  'set_num_threads', @check_set_num_threads; ...
  'set_random_seed', @() expect_equal(drawn(5), drawn(5)); ...
  'summary', @check_summary; ...
  'version', @() expect_equal(numel(strsplit(caffe.version(), '.')), 3); ...
  'time.time', @check_time; ...
  'time.disp', @() expect_has(evalc('disp(caffe.time(net(), 1))'), 'InnerProduct')};
end

% What they are tried on: y = weights' * x + [1; 2].

function file = model_here()
file = 'model.prototxt';
write_lines(file, ['name: "n" force_backward: true layer { name: "in" type: "Input" top: "x" ', ...
  'input_param { shape { dim: 2 dim: 3 } } } layer { name: "ip" type: "InnerProduct" ', ...
  'bottom: "x" top: "y" inner_product_param { num_output: 2 } }']);
end

function made = net(varargin)
before = cd(tempdir());
back = onCleanup(@() cd(before)); %#ok<NASGU>
file = model_here();
made = caffe.Net(file, 'test');
delete(file);
made.params('ip', 1).set_data(weights());
made.params('ip', 2).set_data([1; 2]);
end

function values = weights()
values = single([1 2; 3 4; 5 6]);
end

function values = x()
values = single([1 0; 0 1; 0 1]);
end

function values = y()
values = weights()' * x() + [1 1; 2 2];
end

function found = blob(name)
found = net().blobs(name);
end

function found = layer(name)
found = net().layers(name);
end

function made = solver(varargin)
% Learns the constant 1 from 0 with halves of what it lacks, at rates 0.5, 0.25, ...
before = cd(tempdir());
back = onCleanup(@() cd(before)); %#ok<NASGU>
write_lines('solver.prototxt', ['base_lr: 0.5 lr_policy: "exp" gamma: 0.5 max_iter: 4 ', ...
  'snapshot_prefix: "s" snapshot_after_train: false random_seed: 1 ', ...
  'test_iter: 1 test_interval: 100 net_param { name: "one" ', ...
  'layer { name: "data" type: "DummyData" top: "x" top: "t" dummy_data_param { ', ...
  'shape { dim: 1 dim: 1 } data_filler { type: "constant" value: 1 } } } ', ...
  'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" ', ...
  'inner_product_param { num_output: 1 bias_term: false } } ', ...
  'layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "loss" } }']);
made = caffe.Solver('solver.prototxt', varargin{:});
delete('solver.prototxt');
end

function made = stepped(iterations)
made = solver();
made.step(iterations);
end

function value = learnt(made)
value = made.net.params('ip', 1).get_data();
end

function in_scratch(action)
[folder, cleaner] = scratch(); %#ok<ASGLU>
before = cd(folder);
back = onCleanup(@() cd(before)); %#ok<NASGU>
action();
end

function expect_has(text, part)
if isempty(strfind(text, part)) %#ok<STREMP>
  error('expected "%s" in "%s"', part, text);
end
end

function expect_shown(object, expected)
shown = evalc('disp(object)'); %#ok<NASGU>
expect_equal(strtrim(shown), expected);
end

% The checks that take more than a line.

function folder = colors()
folder = colors_model('colors');
end

function model_delete()
model = caffe.load(colors());
delete(model);
expect_error('caffe:stale', @() model.check());
end

function blob_reshape()
n = net();
n.blobs('x').reshape([3 5]);
y = n.forward({ones(3, 5)});
expect_equal(size(y{1}), [2 5]);
end

function blob_set_data()
n = net();
n.blobs('x').set_data(uint8([1 2; 3 4; 5 6]));
expect_equal(n.blobs('x').get_data(), single([1 2; 3 4; 5 6]));
expect_equal(n.blobs('x').get_diff(), zeros(3, 2, 'single'));
end

function blob_set_diff()
n = net();
n.blobs('x').set_diff([1 2; 3 4; 5 6]);
expect_equal(n.blobs('x').get_diff(), single([1 2; 3 4; 5 6]));
expect_equal(n.blobs('x').get_data(), zeros(3, 2, 'single'));
end

function layer_set_params_data()
n = net();
n.layers('ip').set_params_data(2, [7; 8]);
expect_equal(n.params('ip', 2).get_data(), single([7; 8]));
end

function net_delete()
n = net();
delete(n);
expect_error('caffe:stale', @() n.forward({x()}));
end

function net_set_params_data()
n = net();
n.set_params_data('ip', 2, [7; 8]);
expect_equal(n.params('ip', 2).get_data(), single([7; 8]));
end

function [n, gradient] = forwarded()
n = net();
n.forward({x()});
gradient = single([1 0; 0 2]);
end

function net_backward()
[n, gradient] = forwarded();
expect_equal(n.backward({gradient}), {weights() * gradient});
expect_equal(n.params('ip', 1).get_diff(), x() * gradient');
end

function net_forward_prefilled()
n = net();
n.blobs('x').set_data(x());
n.forward_prefilled('in', 'in');
expect_equal(n.blobs('y').get_data(), zeros(2, 2, 'single'));
n.forward_prefilled();
expect_equal(n.blobs('y').get_data(), y());
end

function net_backward_prefilled()
[n, gradient] = forwarded();
n.blobs('y').set_diff(gradient);
n.backward_prefilled();
expect_equal(n.blobs('x').get_diff(), weights() * gradient);
end

function net_clear_param_diffs()
n = net();
n.params('ip', 1).set_diff(ones(3, 2));
n.clear_param_diffs();
expect_equal(n.params('ip', 1).get_diff(), zeros(3, 2, 'single'));
end

function net_set_input_data()
n = net();
n.set_input_data({x()});
expect_equal(n.blobs('x').get_data(), x());
expect_equal(n.blobs('y').get_data(), zeros(2, 2, 'single'));
end

function net_get_output()
n = forwarded();
expect_equal(n.get_output(), struct('blob_name', 'y', 'data', y()));
end

function net_set_input_arrays()
[file, cleaner] = text_file({'layer { name: "m" type: "MemoryData" top: "data" top: "label"', ...
  'memory_data_param { batch_size: 2 channels: 3 height: 4 width: 5 } }'}); %#ok<ASGLU>
n = caffe.Net(file, 'train');
images = rand(5, 4, 3, 4, 'single');
n.set_input_arrays(images, 1:4);
for first = [1 3]
  n.forward_prefilled();
  expect_equal(n.blobs('data').get_data(), images(:, :, :, first:first + 1));
  expect_equal(n.blobs('label').get_data(), reshape(single([first first + 1]), 1, 1, 1, 2));
end
end

function saved_and_read(ending, read)
in_scratch(@() saved_here(['w', ending], read));
end

function saved_here(file, read)
n = net();
n.save(file);
other = read(file);
expect_equal(other.forward({x()}), {y()});
end

function n = read_into(file)
n = caffe.Net(model_here(), 'test');
n.copy_from(file);
end

function net_export_onnx()
file = [tempname(), '.onnx'];
n = net();
n.export_onnx(file);
cleaner = onCleanup(@() delete(file)); %#ok<NASGU>
expect_has(fileread(file), 'Gemm');
end

function net_reshape()
n = net();
n.blobs('x').reshape([3 7]);
n.reshape();
expect_equal(n.blobs('y').shape(), [2 7]);
end

function net_reshape_as_input()
[file, cleaner] = text_file({'layer { name: "in" type: "Input" top: "x" input_param { shape {', ...
  'dim: 1 dim: 1 dim: 1 dim: 1 } } } layer { name: "t" type: "TanH" bottom: "x" top: "y" }'}); %#ok
n = caffe.Net(file, 'test');
n.reshape_as_input({ones(5, 4)});
expect_equal(n.blobs('y').shape(), [5 4 1 1]);
end

function net_share_weights_with()
first = net();
second = net();
second.share_weights_with(first);
first.params('ip', 2).set_data([5; 5]);
expect_equal(second.params('ip', 2).get_data(), single([5; 5]));
end

function net_measure()
times = forwarded().measure(2, true);
expect_equal(size(times), [2 2]);
expect_equal(all(times(2, :) > 0), true);
end

function solver_delete()
s = solver();
delete(s);
expect_error('caffe:stale', @() s.step(1));
end

function solved(iterations, callback)
s = solver();
history = s.solve('every', 1, 'callback', callback);
expect_equal(s.iter(), iterations);
expect_equal(history.iter, 1:iterations);
expect_equal(history.loss(1), 0.5);
end

function solver_is_stopping()
s = solver();
expect_equal(s.is_stopping(), false);
s.stop();
expect_equal(s.is_stopping(), true);
s.solve();
expect_equal(s.is_stopping(), false);
end

function solver_test()
s = solver();
s.net.params('ip', 1).set_data(3);
s.test();
expect_equal(s.test_nets(1).blobs('loss').get_data(), single(2));
end

function solver_apply_update()
s = solver();
s.net.params('ip', 1).set_diff(4);
s.apply_update();
expect_equal(learnt(s), single(-2));
end

function solver_restore()
s = stepped(2);
file = s.snapshot();
expected = learnt(s);
other = solver();
other.restore(file);
expect_equal(other.iter(), 2);
expect_equal(learnt(other), expected);
end

function check_get_net()
[file, cleaner] = text_file({'name: "got" layer { name: "in" type: "Input" top: "x" }'}); %#ok
n = caffe.get_net(file, 'train');
expect_equal(n.phase, 'train');
end

function load_image()
pixels = uint8(cat(3, [1 2], [3 4], [5 6]));
imwrite(pixels, 'image.png');
expect_equal(caffe.io.load_image('image.png'), single(cat(3, [5; 6], [3; 4], [1; 2])));
end

function mean_image()
values = single(reshape(1:24, 4, 3, 2));
caffe.io.write_mean(values, 'mean.binaryproto');
expect_equal(caffe.io.read_mean('mean.binaryproto'), values);
end

function check_reset_all()
n = net();
caffe.reset_all();
expect_error('caffe:stale', @() n.forward_prefilled(), {'reset_all'});
end

function check_set_log_level()
quiet = onCleanup(@() caffe.set_log_level('error')); %#ok<NASGU>
caffe.set_log_level('info');
expect_has(evalc('net();'), 'Creating Layer ip');
caffe.set_log_level('warning');
expect_equal(evalc('net();'), '');
end

function check_set_mode_cpu()
caffe.set_mode_cpu();
expect_equal(caffe_mex('get_device'), 'cpu');
end

function check_set_mode_gpu()
back = onCleanup(@() caffe.set_mode_cpu()); %#ok<NASGU>
if any(strncmp(caffe_mex('devices'), 'cuda', 4))
  caffe.set_mode_gpu();
  expect_equal(strncmp(caffe_mex('get_device'), 'cuda', 4), true);
else
  expect_error('caffe:unsupported', @() caffe.set_mode_gpu());
  expect_equal(caffe_mex('get_device'), 'cpu');
end
end

function check_set_num_threads()
before = caffe_mex('get_threads');
back = onCleanup(@() caffe.set_num_threads(before)); %#ok<NASGU>
caffe.set_num_threads(3);
expect_equal(caffe_mex('get_threads'), 3);
end

function values = drawn(seed)
caffe.set_random_seed(seed);
[file, cleaner] = text_file({'layer { name: "d" type: "DummyData" top: "x" dummy_data_param {', ...
  'shape { dim: 9 } data_filler { type: "gaussian" } } }'}); %#ok<ASGLU>
n = caffe.Net(file, 'train');
n.forward_prefilled();
values = n.blobs('x').get_data();
expect_equal(numel(unique(values)), 9);
end

function check_summary()
layers = caffe.summary(net());
expect_equal({layers.name}, {'in', 'ip'});
expect_equal([layers.parameters], [0 8]);
end

function check_time()
times = caffe.time(net(), 2);
expect_equal(times.layers, {'in'; 'ip'});
expect_equal(all(times.forward >= 0), true);
end
