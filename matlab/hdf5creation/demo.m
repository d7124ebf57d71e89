% Writes 10000 samples in batches into an HDF5 file that an HDF5Data layer reads, and looks whether
% they have arrived. In a prototxt:
%
%   layer { name: "data" type: "HDF5Data" top: "data" top: "label"
%           hdf5_data_param { source: "list.txt" batch_size: 64 } }
%
% See also store2hdf5.
file = 'trial.h5';
total = 10000;
batch = 1000;
all_data = rand(5, 5, 1, total);   % what would come from a disk, a batch at a time
all_labels = rand(10, total);

written = 0;
while written < total
  chosen = written + (1:batch);
  start = struct('dat', [1 1 1 written + 1], 'lab', [1 written + 1]);
  size_now = store2hdf5(file, all_data(:, :, :, chosen), all_labels(:, chosen), written == 0, ...
    start, batch);
  written = size_now(end);
  fprintf('%d samples are written\n', written);
end

% Samples 1000 to 1999, read back.
if exist('h5read', 'file')
  data = h5read(file, '/data', [1 1 1 1000], [5 5 1 1000]);
  labels = h5read(file, '/label', [1 1000], [10 1000]);
else
  stored = load('-hdf5', file);
  data = single(stored.data(:, :, :, 1000:1999));
  labels = single(reshape(stored.label, 10, []));
  labels = labels(:, 1000:1999);
end
if isequal(data, single(all_data(:, :, :, 1000:1999))) && ...
    isequal(labels, single(all_labels(:, 1000:1999)))
  fprintf('they are what was written\n');
else
  error('caffe:io', 'what %s holds is not what was written', file);
end

list = fopen('list.txt', 'w');
fprintf(list, '%s\n', file);
fclose(list);
fprintf('%s is named in list.txt, the source of an HDF5Data layer\n', file);
