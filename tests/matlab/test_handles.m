function tests = test_handles()
% Who keeps what alive, and what becomes of the rest: reset_all, clear, delete, copies, sharing.
tests = localfunctions();
end

function file = model()
file = [tempname(), '.prototxt'];
write_lines(file, ['layer { name: "in" type: "Input" top: "x" input_param { ', ...
  'shape { dim: 1 dim: 3 } } } layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" ', ...
  'inner_product_param { num_output: 2 weight_filler { type: "gaussian" } } }']);
end

function net = small()
file = model();
net = caffe.Net(file, 'test');
delete(file);
end

function solver = trainer()
file = [tempname(), '.prototxt'];
write_lines(file, ['base_lr: 0.1 lr_policy: "fixed" max_iter: 5 random_seed: 1 ', ...
  'test_iter: 1 test_interval: 100 snapshot_after_train: false net_param { ', ...
  'layer { name: "data" type: "DummyData" top: "x" top: "t" dummy_data_param { ', ...
  'shape { dim: 2 dim: 1 } data_filler { type: "gaussian" } } } ', ...
  'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" ', ...
  'inner_product_param { num_output: 1 weight_filler { type: "gaussian" } } } ', ...
  'layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "loss" } }']);
solver = caffe.Solver(file);
delete(file);
end

function test_everything_is_stale_after_reset_all()
net = small();
blob = net.blobs('x');
layer = net.layers('ip');
weights = layer.params(1);
list = net.blob_vec;
other = net.clone();
solver = trainer();
learning = solver.net;
testing = solver.test_nets(1);
caffe.reset_all();
expect_equal(caffe_mex('living'), 0);
uses = { ...
  @() blob.shape(), @() blob.get_data(), @() blob.set_data([1 2 3]'), @() blob.get_diff(), ...
  @() blob.reshape([3 1]), @() weights.get_data(), @() layer.implementation(), ...
  @() layer.prototxt(), @() list(2).get_data(), @() net.forward({[1 2 3]'}), ...
  @() net.forward_prefilled(), @() net.backward_prefilled(), @() net.reshape(), ...
  @() net.clone(), @() net.copy_from('w.caffemodel'), @() net.prototxt(), ...
  @() net.share_weights_with(other), @() other.forward_prefilled(), @() solver.step(1), ...
  @() solver.iter(), @() solver.solve(), @() solver.snapshot(), @() solver.loss(), ...
  @() learning.forward_prefilled(), @() testing.params('ip', 1).get_data(), ...
  @() caffe.features(net, single([1 2 3]'), 'y'), @() caffe.summary(net), @() caffe.time(net)};
for i = 1:numel(uses)
  expect_error('caffe:stale', uses{i}, {'caffe.reset_all'});
end
% What was told when it was made is still known.
expect_equal(net.blob_names, {'x'; 'y'});
expect_equal(layer.type(), 'InnerProduct');
% Nothing stale does harm when it goes, and new ones are others.
fresh = small();
clear net blob layer weights list other solver learning testing
expect_equal(caffe_mex('living'), 1);
fresh.forward({[1 2 3]'});
end

function test_reset_all_twice_and_again()
for i = 1:3
  net = small();
  caffe.reset_all();
  caffe.reset_all();
  expect_error('caffe:stale', @() net.forward_prefilled());
end
net = small();
expect_equal(numel(net.forward({[1 2 3]'})), 1);
end

function test_a_blob_of_a_net_that_is_cleared()
caffe.reset_all();
net = small();
net.blobs('x').set_data([1 2 3]');
net.forward_prefilled();
expected = net.blobs('y').get_data();
blob = net.blobs('y');
layer = net.layers('ip');
clear net
expect_equal(blob.get_data(), expected);
clear blob
expect_equal(layer.params(1).shape(), [3 2]);
expect_equal(caffe_mex('living'), 1);
clear layer
expect_equal(caffe_mex('living'), 0);
end

function test_a_blob_of_a_net_that_is_deleted()
caffe.reset_all();
net = small();
blob = net.blobs('y');
delete(net);
expect_equal(blob.shape(), [2 1]);
clear blob net
expect_equal(caffe_mex('living'), 0);
end

function test_delete_twice()
net = small();
delete(net);
delete(net);
solver = trainer();
delete(solver);
delete(solver);
uses = {@() net.forward({[1 2 3]'}), @() net.blobs('x'), @() net.layers('ip'), ...
  @() net.params('ip', 1), @() net.save('w.caffemodel'), @() net.backward({[1 2]'}), ...
  @() net.get_output(), @() solver.step(1), @() solver.solve(), @() solver.iter(), ...
  @() solver.test(), @() solver.restore('s')};
for i = 1:numel(uses) - 1
  expect_error('caffe:stale', uses{i}, {'deleted'});
end
expect_error('caffe:io', uses{end});
expect_error('caffe:notFound', @() net.layer_vec(1));
expect_error('caffe:notFound', @() net.blob_vec(1));
expect_error('caffe:notFound', @() solver.test_nets(1));
expect_equal(strtrim(evalc('disp(net)')), 'caffe.Net, deleted');
expect_equal(strtrim(evalc('disp(solver)')), 'caffe.Solver, deleted');
end

function test_copies_are_the_same_net()
caffe.reset_all();
net = small();
copy = net;
copies = {net, copy};
copies{1}.params('ip', 1).set_data(ones(3, 2));
expect_equal(copy.params('ip', 1).get_data(), ones(3, 2, 'single'));
clear net
expect_equal(caffe_mex('living'), 1);
expect_equal(copies{2}.forward({[1 2 3]'}), {single([6; 6])});
delete(copy);
expect_error('caffe:stale', @() copies{1}.forward_prefilled(), {'deleted'});
expect_equal(caffe_mex('living'), 0);
end

function test_nets_of_a_solver_that_is_cleared()
caffe.reset_all();
solver = trainer();
learning = solver.net;
testing = solver.test_nets(1);
solver.step(1);
expected = learning.params('ip', 1).get_data();
clear solver
expect_equal(testing.params('ip', 1).get_data(), expected);
learning.forward_prefilled();
learning.backward_prefilled();
clear learning
expect_equal(caffe_mex('living'), 1);
testing.forward_prefilled();
clear testing
expect_equal(caffe_mex('living'), 0);
end

function test_two_nets_that_share()
caffe.reset_all();
first = small();
second = small();
second.share_weights_with(first);
first.params('ip', 1).set_data(2 * ones(3, 2));
expect_equal(second.params('ip', 1).get_data(), 2 * ones(3, 2, 'single'));
clear first
expect_equal(caffe_mex('living'), 1);
expect_equal(second.forward({[1 1 1]'}), {single([6; 6])});
third = second.clone();
delete(second);
expect_equal(third.forward({[1 1 2]'}), {single([8; 8])});
end

function test_many_at_once()
caffe.reset_all();
nets = cell(1, 50);
for i = 1:50
  nets{i} = small();
  nets{i}.params('ip', 2).set_data([i; -i]);
end
nets(2:2:50) = [];
expect_equal(caffe_mex('living'), 25);
for i = 1:25
  expect_equal(nets{i}.params('ip', 2).get_data(), single([2 * i - 1; 1 - 2 * i]));
end
end

function test_a_net_that_cannot_be_made_leaves_nothing()
caffe.reset_all();
expect_error('caffe:io', @() caffe.Net('nowhere.prototxt', 'test'));
file = model();
cleaner = onCleanup(@() delete(file)); %#ok<NASGU>
[weights, cleaner2] = text_file({'no weights at all'}); %#ok<ASGLU>
expect_error('caffe:parse', @() caffe.Net(file, weights, 'test'));
expect_equal(caffe_mex('living'), 0);
end
