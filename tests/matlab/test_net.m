function tests = test_net()
% caffe.Net: made from files, run, looked into, changed.
tests = localfunctions();
end

function [net, cleaner] = linear()
% One inner product, 3 x 1 x 2 in, 4 out.
[file, cleaner] = text_file({ ...
  'name: "linear" force_backward: true'
  'layer { name: "in" type: "Input" top: "x"'
  '  input_param { shape { dim: 2 dim: 1 dim: 1 dim: 3 } } }'
  'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"'
  '  inner_product_param { num_output: 4 } }'});
net = caffe.Net(file, 'test');
end

function test_names_and_order()
[model, weights] = lenet();
net = caffe.Net(model, weights, 'test');
expect_equal(net.name, 'LeNet');
expect_equal(net.phase, 'test');
expect_equal(net.inputs, {'data'});
expect_equal(net.outputs, {'prob'});
expect_equal(net.layer_names{2}, 'conv1');
expect_equal(net.blob_names, {'data'; 'conv1'; 'pool1'; 'conv2'; 'pool2'; 'ip1'; 'ip2'; 'prob'});
expect_equal(net.name2blob_index('conv2'), 4);
expect_equal(net.name_blob_index('conv2'), 4);
expect_equal(net.name2layer_index('conv2'), 4);
expect_equal(net.bottom_id_vecs{2}, 1);
expect_equal(net.top_id_vecs{2}, 2);
end

function test_vectors_of_layers_and_blobs()
[model, ~] = lenet();
net = caffe.Net(model, 'test');
expect_equal(length(net.layer_vec), 9);
expect_equal(numel(net.blob_vec), 8);
expect_equal(size(net.blob_vec), [1 8]);
expect_equal(net.blob_vec(2).shape(), [24 24 20 64]);
expect_equal(net.blob_vec(end).shape(), [10 64]);
expect_equal(net.layer_vec(2).type(), 'Convolution');
expect_equal(length(net.layer_vec(2).params), 2);
expect_equal(net.layer_vec(2).params(1).shape(), [5 5 1 20]);
some = net.layer_vec(2:3);
expect_equal(some(2).name, 'pool1');
expect_error('caffe:notFound', @() net.blob_vec(9), {'8 elements', '9'});
expect_error('caffe:notFound', @() net.blob_vec(0));
expect_error('caffe:notFound', @() net.blob_vec(1.5));
end

function test_the_linear_layer_by_hand()
[net, cleaner] = linear(); %#ok<ASGLU>
weights = single(reshape(1:12, 3, 4));
bias = single([1; 2; 3; 4]);
net.params('ip', 1).set_data(weights);
net.params('ip', 2).set_data(bias);
x = single(reshape([1 0 2, 0 1 0], 3, 1, 1, 2));
y = net.forward({x});
expect_equal(size(y), [1 1]);
expect_equal(y{1}, weights' * reshape(x, 3, 2) + [bias bias]);
gradient = single([1 0 0 0; 0 0 1 0]');
dx = net.backward({gradient});
expect_equal(dx{1}, reshape(weights * gradient, 3, 1, 1, 2));
expect_equal(net.params('ip', 2).get_diff(), sum(gradient, 2));
net.clear_param_diffs();
expect_equal(net.params('ip', 2).get_diff(), zeros(4, 1, 'single'));
end

function test_any_real_class_goes_in()
[net, cleaner] = linear(); %#ok<ASGLU>
blob = net.blobs('x');
for x = {uint8(reshape(1:6, 3, 1, 1, 2)), reshape(1:6, 3, 1, 1, 2), true(3, 1, 1, 2)}
  blob.set_data(x{1});
  expect_equal(blob.get_data(), single(x{1}));
end
expect_error('caffe:invalidArgument', @() blob.set_data('six'));
expect_error('caffe:invalidArgument', @() blob.set_data({1}));
expect_error('caffe:invalidArgument', @() blob.set_data(1i * ones(3, 1, 1, 2)), {'complex'});
end

function test_wrong_sizes_say_both()
[net, cleaner] = linear(); %#ok<ASGLU>
expect_error('caffe:shape', @() net.forward({ones(3, 2)}), {'[3 1 1 2]', '[3 2]'});
expect_error('caffe:shape', @() net.forward({1, 2}), {'1 inputs (x)', '2 arrays'});
expect_error('caffe:invalidArgument', @() net.forward(ones(3, 1, 1, 2)), {'cell'});
end

function test_wrong_sizes_say_that_width_is_first()
[file, cleaner] = text_file({'layer { name: "in" type: "Input" top: "x"', ...
  '  input_param { shape { dim: 2 dim: 3 dim: 4 dim: 6 } } }'}); %#ok<ASGLU>
net = caffe.Net(file, 'test');
turned = {'[6 4 3 2]', '[4 6 3 2]', 'width first, W x H x C x N', 'height first', 'from_image'};
expect_error('caffe:shape', @() net.blobs('x').set_data(ones(4, 6, 3, 2)), turned);
turned{2} = '[4 6 3]';
expect_error('caffe:shape', @() net.forward({ones(4, 6, 3)}), turned);
try
  net.forward({ones(5, 5, 3)});
  error('nothing failed');
catch reason
  expect_equal(isempty(strfind(reason.message, 'width first')), false); %#ok<STREMP>
  expect_equal(isempty(strfind(reason.message, 'height first')), true); %#ok<STREMP>
end
end

function test_forward_takes_the_batch_it_is_given()
% One image for a net whose prototxt says ten, as everybody types it; then three.
[model, weights] = lenet();
net = caffe.Net(model, weights, 'test');
expect_equal(net.blobs('data').shape(), [28 28 1 64]);
images = rand(28, 28, 1, 3, 'single');
one = net.forward({images(:, :, :, 1)});
expect_equal(size(one{1}), [10 1]);
expect_equal(net.blobs('data').shape(), [28 28 1 1]);
three = net.forward({images});
expect_equal(size(three{1}), [10 3]);
expect_close(three{1}(:, 1), one{1}, 1e-4, 1e-6, 'prob');
net.set_input_data({images(:, :, :, 1:2)});
expect_equal(net.blobs('data').shape(), [28 28 1 2]);
expect_error('caffe:shape', @() net.forward({images(1:27, :, :, :)}), {'width first'});
expect_equal(net.blobs('data').shape(), [28 28 1 2]);
end

function test_forward_of_vectors_and_scalars()
[net, cleaner] = linear(); %#ok<ASGLU>
y = net.forward({[1; 2; 3]});
expect_equal(size(y{1}), [4 1]);
expect_error('caffe:shape', @() net.forward({[1 2 3]}));
[file, cleaner2] = text_file({'layer { name: "in" type: "Input" top: "x"', ...
  '  input_param { shape { dim: 5 } } } layer { name: "y" type: "Power" bottom: "x" top: "y"', ...
  '  power_param { scale: 2 } }'}); %#ok<ASGLU>
net = caffe.Net(file, 'test');
y = net.forward({[1; 2; 3]});
expect_equal(y{1}, single([2; 4; 6]));
end

function test_passes_without_arguments()
[net, cleaner] = linear(); %#ok<ASGLU>
words = {'1 inputs (x)', 'net.forward({x})', 'net.forward_prefilled()'};
expect_error('caffe:invalidArgument', @() net.forward(), words);
words = {'1 outputs (y)', 'net.backward({y})', 'net.backward_prefilled()'};
expect_error('caffe:invalidArgument', @() net.backward(), words);
model = caffe.test.model_file(3);
remove = onCleanup(@() delete(model)); %#ok<NASGU>
net = caffe.Net(model, 'train');  % without inputs
results = net.forward();
expect_equal(results{1} > 0, true);
end

function test_what_imread_gives_is_warned_of()
clear fit_batch  % in MATLAB; below, the warning is heard once a session in either language
[file, cleaner] = text_file({'layer { name: "in" type: "Input" top: "x"', ...
  '  input_param { shape { dim: 1 dim: 3 dim: 4 dim: 4 } } }'}); %#ok<ASGLU>
net = caffe.Net(file, 'test');
lastwarn('', '');
net.forward({uint8(ones(4, 4, 3))});
[~, identifier] = lastwarn();
expect_equal(any(strcmp(identifier, {'caffe:widthFirst', ''})), true);
lastwarn('', '');
net.forward({uint8(ones(4, 4, 3))});
[~, identifier] = lastwarn();
expect_equal(identifier, '');
end

function test_sizes_of_one_at_the_end_do_not_count()
[net, cleaner] = linear(); %#ok<ASGLU>
net.blobs('x').reshape([3 1 1 1]);
y = net.forward({[1; 2; 3]});
expect_equal(size(y{1}), [4 1]);
expect_equal(net.blobs('x').shape(), [3 1 1 1]);
end

function test_an_empty_cell_leaves_the_input()
[net, cleaner] = linear(); %#ok<ASGLU>
net.blobs('x').set_data(5 * ones(3, 1, 1, 2));
net.forward({[]});
expect_equal(net.blobs('x').get_data(), 5 * ones(3, 1, 1, 2, 'single'));
end

function test_reshape_as_input()
[net, cleaner] = linear(); %#ok<ASGLU>
net.reshape_as_input({ones(3, 1, 1, 7)});
expect_equal(net.blobs('y').shape(), [4 7]);
end

function test_part_of_a_net()
[model, weights] = lenet();
net = caffe.Net(model, weights, 'test');
net.blobs('data').set_data(rand(28, 28, 1, 64));
net.forward_prefilled();
before = net.blobs('pool2').get_data();
net.blobs('conv2').set_data(zeros(net.blobs('conv2').shape()));
net.forward_prefilled('pool2', 'prob');
expect_equal(net.blobs('pool2').get_data(), zeros(4, 4, 50, 64, 'single'));
net.forward_prefilled('conv1', 'pool2');
expect_equal(net.blobs('pool2').get_data(), before, 1e-5);
end

function test_names_that_are_not_there()
[net, cleaner] = linear(); %#ok<ASGLU>
expect_error('caffe:notFound', @() net.blobs('z'), {'"z"', 'x, y'});
expect_error('caffe:notFound', @() net.layers('z'), {'"z"', 'ip'});
expect_error('caffe:notFound', @() net.params('ip', 3), {'InnerProduct', '2 parameter blobs'});
expect_error('caffe:invalidArgument', @() net.blobs(1));
end

function test_errors_name_the_line()
[file, cleaner] = text_file({ ...
  'layer { name: "a" type: "ReLU"', '  bottom: "nowhere" top: "b" }'}); %#ok<ASGLU>
expect_error('caffe:invalidArgument', @() caffe.Net(file, 'test'), {'"a"', '"nowhere"', file});
[file, cleaner] = text_file({'name: "n"', 'layers oops'}); %#ok<ASGLU>
expect_error('caffe:parse', @() caffe.Net(file, 'test'), {[file, ':2']});
expect_error('caffe:io', @() caffe.Net('nowhere.prototxt', 'test'), {'nowhere.prototxt'});
expect_error('caffe:invalidArgument', @() caffe.Net(file, 'nophase'), {'train'});
expect_error('caffe:invalidArgument', @() caffe.Net(file), {'usage'});
end

function test_options()
[file, cleaner] = text_file({'layer { name: "in" type: "Input" top: "x" oddity: 1', ...
  '  input_param { shape { dim: 1 } } }'}); %#ok<ASGLU>
expect_error('caffe:parse', @() caffe.Net(file, 'test'), {'oddity'});
net = caffe.Net(file, 'test', 'lenient', true, 'threads', 1);
expect_equal(net.inputs, {'x'});
expect_error('caffe:invalidArgument', @() caffe.Net(file, 'test', 'lenient', {{}}));
end

function test_save_and_copy()
[model, weights] = lenet();
net = caffe.Net(model, weights, 'test');
for ending = {'.caffemodel', '.h5'}
  file = [tempname(), ending{1}];
  net.save(file);
  cleaner = onCleanup(@() delete(file));
  other = caffe.Net(model, 'test');
  other.copy_from(file);
  expect_equal(other.params('ip2', 1).get_data(), net.params('ip2', 1).get_data());
  clear cleaner
end
expect_error('caffe:io', @() net.copy_from('nowhere.caffemodel'));
end

function test_a_clone_shares_weights()
[net, cleaner] = linear(); %#ok<ASGLU>
other = net.clone();
net.params('ip', 2).set_data([9 8 7 6]');
expect_equal(other.params('ip', 2).get_data(), single([9 8 7 6]'));
end

function test_blobs_outlive_their_net_and_not_reset_all()
[net, cleaner] = linear(); %#ok<ASGLU>
blob = net.blobs('x');
clear net
expect_equal(blob.shape(), [3 1 1 2]);
caffe.reset_all();
expect_error('caffe:stale', @() blob.shape(), {'blob', 'reset_all'});
end

function test_everything_is_freed_with_the_last_variable()
caffe.reset_all();
[net, cleaner] = linear(); %#ok<ASGLU>
blob = net.blobs('x');
expect_equal(caffe_mex('living'), 1);
clear net
expect_equal(caffe_mex('living'), 1);
clear blob
expect_equal(caffe_mex('living'), 0);
end

function test_a_deleted_net_says_so()
[net, cleaner] = linear(); %#ok<ASGLU>
delete(net);
expect_error('caffe:stale', @() net.forward_prefilled(), {'deleted'});
end
