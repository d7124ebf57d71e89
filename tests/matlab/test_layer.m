function tests = test_layer()
% caffe.Layer and caffe.Blob, and the lists they come in.
tests = localfunctions();
end

function [net, cleaner] = two_layers()
[file, cleaner] = text_file({ ...
  'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }'
  'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"'
  '  inner_product_param { num_output: 4 } }'
  'layer { name: "sum" type: "Reduction" bottom: "y" top: "s" }'});
net = caffe.Net(file, 'test');
end

function test_what_a_layer_tells()
[net, cleaner] = two_layers(); %#ok<ASGLU>
layer = net.layers('ip');
expect_equal(layer.name, 'ip');
expect_equal(layer.type(), 'InnerProduct');
expect_equal(layer.phase, 'test');
expect_equal(ischar(layer.implementation()), true);
expect_equal(isempty(strfind(layer.prototxt(), 'num_output: 4')), false); %#ok<STREMP>
layer.set_params_data(2, [1 2 3 4]');
expect_equal(layer.params(2).get_data(), single([1 2 3 4]'));
end

function test_layers_and_blobs_are_made_by_nets()
expect_error('caffe:invalidArgument', @() caffe.Layer(3), {'net.layers'});
expect_error('caffe:invalidArgument', @() caffe.Blob(), {'net.blobs'});
end

function test_shapes_of_few_axes()
[net, cleaner] = two_layers(); %#ok<ASGLU>
expect_equal(net.blobs('x').shape(), [3 2]);
expect_equal(net.params('ip', 1).shape(), [3 4]);
expect_equal(net.params('ip', 2).shape(), 4);
expect_equal(size(net.params('ip', 2).get_data()), [4 1]);
expect_equal(size(net.blobs('s').shape()), [1 0]);
expect_equal(size(net.blobs('s').get_data()), [1 1]);
net.blobs('s').set_diff(7);
expect_equal(net.blobs('s').get_diff(), single(7));
end

function test_reshape()
[net, cleaner] = two_layers(); %#ok<ASGLU>
blob = net.blobs('x');
blob.reshape([3 5]);
expect_equal(blob.shape(), [3 5]);
blob.reshape([6 5 4 3 2 1]);
expect_equal(blob.shape(), [6 5 4 3 2 1]);
expect_error('caffe:invalidArgument', @() blob.reshape([3; 5]), {'row'});
expect_error('caffe:invalidArgument', @() blob.reshape('3'));
expect_error('caffe:shape', @() blob.reshape([3 -1]), {'-1'});
expect_error('caffe:shape', @() blob.reshape([3 1.5]), {'1.5'});
expect_error('caffe:shape', @() blob.reshape(ones(1, 33)), {'33'});
expect_error('caffe:state', @() net.params('ip', 1).reshape([1 1]));
end

function test_lists()
[net, cleaner] = two_layers(); %#ok<ASGLU>
list = net.layers('ip').params;
expect_equal(list.length(), 2);
expect_equal(list(end).shape(), 4);
expect_equal(length(list(logical([0 1]))), 1);
expect_equal(length(list(:)), 2);
expect_equal(isempty(net.layers('in').params), true);
expect_error('caffe:notFound', @() list(3));
expect_error('caffe:invalidArgument', @() list{1});
expect_error('caffe:invalidArgument', @() list.nothing);
end
