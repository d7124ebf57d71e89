function text = options(pairs)
% caffe.internal.options  The library's options, as prototxt, from names and values.
%   options({'lenient', true, 'stage', {'a', 'b'}, 'net', struct('seed', 7)})
%   Text is quoted, a cell is repeated, a struct is nested.
caffe.internal.check(mod(numel(pairs), 2) == 0 && iscellstr(pairs(1:2:end)), ...
  'caffe:invalidArgument', 'options are pairs of a name and a value');
parts = cell(1, numel(pairs) / 2);
for i = 1:numel(parts)
  name = pairs{2 * i - 1};
  values = pairs{2 * i};
  if ~iscell(values)
    values = {values};
  end
  said = cell(1, numel(values));
  for k = 1:numel(values)
    said{k} = one(name, values{k});
  end
  parts{i} = [said{:}];
end
text = [parts{:}];
end

function text = one(name, value)
caffe.internal.check(size(name, 1) == 1 && isvarname(name), ...
  'caffe:invalidArgument', '%s is not the name of an option', name);
if ischar(value) && (isempty(value) || size(value, 1) == 1)
  value = strrep(strrep(strrep(value, '\', '\\'), '"', '\"'), char(10), '\n');
  text = sprintf('%s: "%s" ', name, value);
elseif isstruct(value) && isscalar(value)
  pairs = [fieldnames(value), struct2cell(value)]';
  text = sprintf('%s { %s} ', name, caffe.internal.options(pairs(:)'));
elseif islogical(value) && isscalar(value)
  words = {'false', 'true'};
  text = sprintf('%s: %s ', name, words{value + 1});
elseif isnumeric(value) && isscalar(value) && isreal(value)
  text = sprintf('%s: %.17g ', name, value);
else
  error('caffe:invalidArgument', ...
    'option %s: a value is text, a number, true or false, a cell of them, or a struct', name);
end
end
