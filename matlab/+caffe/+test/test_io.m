function tests = test_io()
% caffe.test.test_io  What caffe.run_tests() runs of images.
tests = localfunctions();
end

function test_mean_there_and_back()
written = 255 * rand(20, 30, 3, 'single');
file = [tempname(), '.binaryproto'];
caffe.io.write_mean(written, file);
read = caffe.io.read_mean(file);
delete(file);
assert(isequal(written, read));
end

function test_resizing_keeps_a_constant()
resized = caffe.io.resize_image(7 * ones(9, 6, 3, 'single'), [4 12]);
assert(isequal(size(resized), [4 12 3]));
assert(all(abs(resized(:) - 7) < 1e-5));
end
