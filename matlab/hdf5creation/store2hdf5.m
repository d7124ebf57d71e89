function [data_size, label_size] = store2hdf5(file, data, labels, create, start, chunk)
% store2hdf5(file, data, labels)  Writes data and labels as an HDF5Data layer reads them.
%   data: W x H x C x N, or any array whose last axis counts the samples
%   labels: D x N
%   They become the datasets /data and /label, of class single.
%
% [data_size, label_size] = store2hdf5(file, data, labels, create, start, chunk)
%   create: true (the default) replaces a file that is there, false adds to it, so that data can be
%     written in batches
%   start: where the batch goes, a struct of dat ([1 1 1 k] for sample k) and lab ([1 k]); by
%     default the beginning of a new file, and behind what is there
%   chunk: samples in each of a new file's chunks (default: 1000); large ones are faster
%   data_size, label_size: of the datasets now
%
%   MATLAB writes with h5create and h5write, and so does Octave where a package has them. Octave
%   without them writes through an HDF5Output layer: the file is then written as a whole with each
%   call, without chunks, and /label has sizes of 1 in front of D: 1 x 1 x D x N, which layers read
%   the same way.
%
%   Example:
%     store2hdf5('train.h5', rand(28, 28, 1, 100), randi(10, 1, 100) - 1);
count = size(labels, 2);
sizes = sample_sizes(data, count);
if ndims(labels) ~= 2 || isempty(sizes)
  error('caffe:shape', ['labels have to be D x N and data W x H x C x N: data of %s and ', ...
    'labels of %s do not fit'], mat2str(size(data)), mat2str(size(labels)));
end
if nargin < 4 || isempty(create)
  create = true;
end
if nargin < 6
  chunk = 1000;
end
if create && exist(file, 'file')
  fprintf('replacing %s\n', file);
  delete(file);
end
if create
  place = 1;
elseif ~exist(file, 'file')
  error('caffe:io', 'there is no file %s to add to', file);
else
  place = [];  % behind what is there
end
if nargin >= 5 && ~isempty(start)
  place = start.dat(end);
  if start.lab(end) ~= place
    error('caffe:invalidArgument', 'start names sample %d for the data, %d for the labels', ...
      place, start.lab(end));
  end
  sizes = [sizes, ones(1, numel(start.dat) - 1 - numel(sizes))];  % sizes of 1 that cannot be seen
end
data = reshape(single(data), [sizes, count]);
if exist('h5create', 'file')
  [data_size, label_size] = write_part(file, data, [sizes, count], single(labels), create, ...
    place, chunk);
else
  [data_size, label_size] = write_whole(file, data, [sizes, count], single(labels), create, place);
end
end

function sizes = sample_sizes(data, count)
% The size of one sample; [] when the data's last axis does not count so many. An axis of 1 at the
% end is not seen.
sizes = size(data);
if count == 1 && sizes(end) ~= 1
  return
end
if sizes(end) == count
  sizes = sizes(1:end - 1);
else
  sizes = [];
end
end

function [data_size, label_size] = write_part(file, data, sizes, labels, create, place, chunk)
if create
  h5create(file, '/data', [sizes(1:end - 1) Inf], 'Datatype', 'single', ...
    'ChunkSize', [sizes(1:end - 1) chunk]);
  h5create(file, '/label', [size(labels, 1) Inf], 'Datatype', 'single', ...
    'ChunkSize', [size(labels, 1) chunk]);
end
if isempty(place)
  info = h5info(file, '/label');
  place = info.Dataspace.Size(end) + 1;
end
h5write(file, '/data', data, [ones(1, numel(sizes) - 1), place], sizes);
h5write(file, '/label', labels, [1, place], size(labels));
info = h5info(file, '/data');
data_size = info.Dataspace.Size;
info = h5info(file, '/label');
label_size = info.Dataspace.Size;
end

function [data_size, label_size] = write_whole(file, data, sizes, labels, create, place)
samples = prod(sizes(1:end - 1));  % values in one
columns = reshape(data, samples, []);
if ~create
  old = load('-hdf5', file);
  old_count = numel(old.data) / samples;
  if old_count ~= fix(old_count) || numel(old.label) ~= old_count * size(labels, 1)
    error('caffe:shape', 'what %s holds has samples of another size', file);
  end
  if isempty(place)
    place = old_count + 1;
  end
  chosen = place:place + size(labels, 2) - 1;
  [columns_before, labels_before] = deal(columns, labels);
  columns = single(reshape(old.data, samples, []));
  labels = single(reshape(old.label, size(labels, 1), []));
  columns(:, chosen) = columns_before;
  labels(:, chosen) = labels_before;
end
sizes(end) = size(labels, 2);
write_through_layer(file, reshape(columns, sizes), sizes, labels);
data_size = sizes;
label_size = size(labels);
end

function write_through_layer(file, data, sizes, labels)
model = [tempname(), '.prototxt'];
stream = fopen(model, 'w');
fprintf(stream, ['layer { name: "values" type: "Input" top: "data" top: "label"\n', ...
  '  input_param { shape {%s } shape {%s } } }\n'], sprintf(' dim: %d', sizes(end:-1:1)), ...
  sprintf(' dim: %d', [size(labels, 2), size(labels, 1)]));
fprintf(stream, ['layer { name: "file" type: "HDF5Output" bottom: "data" bottom: "label"\n', ...
  '  hdf5_output_param { file_name: "%s" } }\n'], strrep(strrep(file, '\', '\\'), '"', '\"'));
fclose(stream);
remove = onCleanup(@() delete(model));
net = caffe.Net(model, 'test');
net.forward({data, labels});
delete(net);  % writes the file
end
