function tests = test_conformance()
% A hundred of the conformance cases of layers, forward and backward, through the package: one test
% a case. The choice and the arrays come from support/conformance_cases.py.
try
  root = shared('conformance');
  shared('conformance', 'index.json');
  [folder, cleaner] = scratch(); %#ok<ASGLU>
  run_python('conformance_cases.py', fileparts(root), '100', folder);
catch reason
  tests = {'cases', @() rethrow(reason)};
  return
end
stream = fopen(fullfile(folder, 'values.bin'), 'r', 'ieee-le');
values = fread(stream, Inf, 'single=>single');
fclose(stream);
cases = jsondecode(fileread(fullfile(folder, 'cases.json')));
if isstruct(cases)  % they have the same fields
  cases = num2cell(cases);
end
tests = cell(numel(cases), 2);
for i = 1:numel(cases)
  one = cases{i};
  tests(i, :) = {one.name, @() run_case(one, values)};
end
end

function run_case(one, values)
near = struct('relative', 1e-4, 'absolute', 1e-5);
if isfield(one, 'rtol')
  near.relative = one.rtol;
end
if isfield(one, 'atol')
  near.absolute = one.atol;
end
options = {};
if isfield(one, 'level')
  options = [options, {'level', one.level}];
end
if isfield(one, 'stages') && ~isempty(one.stages)
  options = [options, {'stage', one.stages}];
end
before = cd(one.folder);
back = onCleanup(@() cd(before)); %#ok<NASGU>
net = caffe.Net('net.prototxt', lower(one.phase), options{:});
expect_equal(net.inputs, names(one.inputs));
expect_equal(net.outputs, names(one.outputs));
expect_equal(types(net), cellfun(@(layer) layer{2}, one.layers, 'UniformOutput', false));
each(one, values, 'param', -1, @(name, array) put(param(net, name), array));
for step = 0:one.steps - 1
  each(one, values, 'in', step, @(name, array) put(net.blobs(name), array));
  loss = net.forward_prefilled();
  each(one, values, 'out', step, @(name, array) ...
    compare(net.blobs(name).get_data(), array, near, ['out:', name]));
  each(one, values, 'paramafter', step, @(name, array) ...
    compare(param(net, name).get_data(), array, near, ['paramafter:', name]));
  if one.steps == 1
    compare(loss, one.loss, near, 'loss');
  end
  if one.backward
    net.clear_param_diffs();
    each(one, values, 'topdiff', step, @(name, array) net.blobs(name).set_diff(array{1}));
    net.backward_prefilled();
    each(one, values, 'indiff', step, @(name, array) ...
      compare(net.blobs(name).get_diff(), array, near, ['indiff:', name]));
    each(one, values, 'paramdiff', step, @(name, array) ...
      compare(param(net, name).get_diff(), array, near, ['paramdiff:', name]));
  end
end
end

function each(one, values, kind, step, action)
% action(name, array) for the case's arrays of that kind and step.
for array = one.arrays(:)'
  if strcmp(array.kind, kind) && any(array.step == [-1 step])
    sizes = [array.sizes(:)', ones(1, 2 - numel(array.sizes))];
    action(array.name, {reshape(values(array.first + (1:array.count)), sizes), array.sizes(:)'});
  end
end
end

function put(blob, array)
[values, sizes] = array{:};
if ~isequal(blob.shape(), sizes)
  blob.reshape(sizes);
end
blob.set_data(values);
end

function compare(actual, expected, near, what)
if iscell(expected)
  expected = expected{1};
end
expect_close(actual, expected, near.relative, near.absolute, what);
end

function blob = param(net, name)
% "conv:0"; of layers with one name the first that has parameters.
parts = regexp(name, '^(.*):(\d+)$', 'tokens', 'once');
for i = find(strcmp(net.layer_names, parts{1}))'
  if length(net.layer_vec(i).params) > 0 %#ok<ISMT>
    blob = net.layer_vec(i).params(str2double(parts{2}) + 1);
    return
  end
end
error('there are no parameters in layer "%s"', parts{1});
end

function list = names(list)
if isempty(list)
  list = cell(0, 1);
end
list = reshape(cellstr(list), [], 1);
end

function list = types(net)
list = cell(numel(net.layer_names), 1);
for i = 1:numel(list)
  list{i} = net.layer_vec(i).type();
end
end
