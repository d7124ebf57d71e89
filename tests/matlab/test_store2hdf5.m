function tests = test_store2hdf5()
% store2hdf5: what it writes is what an HDF5Data layer reads.
here = fileparts(mfilename('fullpath'));
addpath(fullfile(here, '..', '..', 'matlab', 'hdf5creation'), '-end');
tests = localfunctions();
end

function [data, labels] = read_by_layer(file, count)
list = [file, '.txt'];
write_lines(list, file);
[model, cleaner] = text_file({ ...
  'layer { name: "d" type: "HDF5Data" top: "data" top: "label"'
  sprintf('  hdf5_data_param { source: "%s" batch_size: %d } }', list, count)}); %#ok<ASGLU>
net = caffe.Net(model, 'test');
net.forward_prefilled();
data = net.blobs('data').get_data();
labels = reshape(net.blobs('label').get_data(), [], count);
delete(list);
end

function test_batches_become_one_file()
file = [tempname(), '.h5'];
data = rand(4, 3, 2, 6);
labels = rand(5, 6);
store2hdf5(file, data(:, :, :, 1:2), labels(:, 1:2));
store2hdf5(file, data(:, :, :, 3), labels(:, 3), false);
[data_size, label_size] = store2hdf5(file, data(:, :, :, 4:6), labels(:, 4:6), false, ...
  struct('dat', [1 1 1 4], 'lab', [1 4]));
cleaner = onCleanup(@() delete(file)); %#ok<NASGU>
expect_equal(data_size, [4 3 2 6]);
expect_equal(label_size, [5 6]);
[read_data, read_labels] = read_by_layer(file, 6);
expect_equal(read_data, single(data));
expect_equal(read_labels, single(labels));
end

function test_a_single_sample_with_one_channel()
file = [tempname(), '.h5'];
first = struct('dat', [1 1 1 1], 'lab', [1 1]);
expect_equal(store2hdf5(file, ones(4, 3), 7, true, first), [4 3 1 1]);
cleaner = onCleanup(@() delete(file)); %#ok<NASGU>
[data, labels] = read_by_layer(file, 1);
expect_equal(data, ones(4, 3, 'single'));
expect_equal(labels, single(7));
end

function test_what_does_not_fit()
file = [tempname(), '.h5'];
expect_error('caffe:shape', @() store2hdf5(file, rand(4, 3, 2, 6), rand(5, 7)), {'[4 3 2 6]'});
expect_error('caffe:io', @() store2hdf5(file, rand(4, 3, 2, 6), rand(5, 6), false), {file});
end
