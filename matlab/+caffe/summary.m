function layers = summary(net)
% caffe.summary(net)           Prints a net's layers: types, sizes of what they make, parameters.
% caffe.summary(model)         The same of a prototxt file, in phase 'test'.
% layers = caffe.summary(net)  Returns them: a struct array of name, type, bottoms, tops, sizes (a
%   cell, width first), parameters (how many values) and implementation.
%
%   See also caffe.time, caffe.Net.
net = caffe.internal.net_of(net, 'test');
count = numel(net.layer_names);
layers = repmat(struct('name', '', 'type', '', 'bottoms', {{}}, 'tops', {{}}, 'sizes', {{}}, ...
  'parameters', 0, 'implementation', ''), 1, count);
for i = 1:count
  layer = net.layer_vec(i);
  layers(i).name = layer.name;
  layers(i).type = layer.type();
  layers(i).bottoms = net.blob_names(net.bottom_id_vecs{i})';
  layers(i).tops = net.blob_names(net.top_id_vecs{i})';
  layers(i).implementation = layer.implementation();
  for top = net.top_id_vecs{i}(:)'
    blob = net.blob_vec(top);
    layers(i).sizes{end + 1} = blob.shape();
  end
  for k = 1:length(layer.params)
    blob = layer.params(k);
    layers(i).parameters = layers(i).parameters + prod(blob.shape());
  end
end
if nargout == 0
  show(net, layers);
  clear layers
end
end

function show(net, layers)
rows = cell(numel(layers), 4);
for i = 1:numel(layers)
  sizes = cellfun(@caffe.internal.sizes_text, layers(i).sizes, 'UniformOutput', false);
  rows(i, :) = {layers(i).name, layers(i).type, strjoin(sizes, ', '), ...
    sprintf('%d', layers(i).parameters)};
end
caffe.internal.show_table({'layer', 'type', 'makes (W x H x C x N)', 'parameters'}, rows, 'lllr');
fprintf('net "%s", phase %s: %d layers, %d parameters\n', net.name, net.phase, numel(layers), ...
  sum([layers.parameters]));
end
