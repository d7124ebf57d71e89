function tests = test_memory()
% Nets come and go without a trace: 10,000 of them, most through the gateway alone, which is fast.
tests = localfunctions();
end

function test_gateway_cycles()
cycle = @() by_the_gateway(small());
expect_no_growth(cycle, 9000);
end

function test_package_cycles()
[file, cleaner] = text_file({small()}); %#ok<ASGLU>
expect_no_growth(@() by_the_package(file), 1000);
end

function test_errors_and_texts()
% Errors jump out of the gateway from everywhere.
net = caffe_mex('net_create', 'text', small(), 'test');
expect_no_growth(@() failing(net), 2000);
caffe_mex('destroy', net);
end

function expect_no_growth(cycle, count)
% Less than 60 bytes a cycle, behind a warm-up in which caches and the heap fill up.
if ~exist('/proc/self/status', 'file')
  error('caffe:skip', 'the system does not tell the size of a process');
end
for i = 1:count / 5
  cycle();
end
living = caffe_mex('living');
before = resident();
for i = 1:count
  cycle();
end
growth = (resident() - before) / count;
if growth > 60
  error('%.0f bytes a cycle stay', growth);
end
expect_equal(caffe_mex('living'), living);
end

function bytes = resident()
found = regexp(fileread('/proc/self/status'), 'VmRSS:\s*(\d+) kB', 'tokens', 'once');
bytes = 1024 * str2double(found{1});
end

function by_the_gateway(text)
net = caffe_mex('net_create', 'text', text, 'test');
found = caffe_mex('net_describe', net);
caffe_mex('blob_set', found.blobs(1), 'data', single([1; 2; 3]));
caffe_mex('net_forward', net);
expect_equal(caffe_mex('blob_get', found.blobs(2), 'data'), single([6; 6]));
caffe_mex('destroy', net);
end

function by_the_package(file)
net = caffe.Net(file, 'test');
y = net.forward({[1 2 3]'});
expect_equal(y{1}, single([6; 6]));
delete(net);
end

function failing(net)
expect_error('caffe:notFound', @() caffe_mex('net_set_input_arrays', net, 'nowhere', ...
  single(1), single(1)));
expect_error('caffe:invalidArgument', @() caffe_mex('net_forward', net, 'first'));
expect_error('caffe:parse', @() caffe_mex('net_create', 'text', 'layer {', 'test'));
end

function text = small()
text = ['layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 } } } ', ...
  'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { ', ...
  'num_output: 2 weight_filler { type: "constant" value: 1 } } }'];
end
