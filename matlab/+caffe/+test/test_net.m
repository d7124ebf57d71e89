function tests = test_net()
% caffe.test.test_net  What caffe.run_tests() runs of nets.
tests = localfunctions();
end

function net = small_net()
file = caffe.test.model_file(13);
net = caffe.Net(file, 'train');
delete(file);
end

function test_blob()
net = small_net();
blob = net.blobs('data');
assert(isequal(blob.shape(), [4 3 2 5]));
blob.set_data(10 * ones(blob.shape()));
assert(isequal(blob.get_data(), 10 * ones(blob.shape(), 'single')));
blob.set_diff(-2 * ones(blob.shape()));
assert(isequal(blob.get_diff(), -2 * ones(blob.shape(), 'single')));
end

function test_layer()
net = small_net();
assert(isequal(net.params('conv', 1).shape(), [2 2 2 11]));
assert(isequal(net.layers('conv').params(2).shape(), 11));
assert(strcmp(net.layers('conv').type(), 'Convolution'));
end

function test_forward_and_backward()
net = small_net();
net.forward_prefilled();
net.backward_prefilled();
loss = net.blobs('loss').get_data();
assert(isfinite(loss) && loss > 0);
assert(any(any(any(any(net.params('conv', 1).get_diff() ~= 0)))));
end

function test_inputs_and_outputs()
net = small_net();
assert(iscell(net.inputs) && isempty(net.inputs));
assert(isequal(net.outputs, {'loss'}));
end

function test_weights_from_one_net_to_another()
net = small_net();
weights = [tempname(), '.caffemodel'];
net.save(weights);
file = caffe.test.model_file(13);
other = caffe.Net(file, 'train');
other.copy_from(weights);
third = caffe.Net(file, weights, 'train');
delete(file);
delete(weights);
for i = 1:length(net.layer_vec)
  for k = 1:length(net.layer_vec(i).params)
    expected = net.layer_vec(i).params(k).get_data();
    assert(isequal(expected, other.layer_vec(i).params(k).get_data()));
    assert(isequal(expected, third.layer_vec(i).params(k).get_data()));
  end
end
end
