function list = public_functions()
% list = public_functions()  What users can call: a struct array, read from the package's files.
%   name: 'version', or 'Net.forward'; arguments: a cell of names, without the object.
root = fullfile(fileparts(which('caffe_mex')), '+caffe');
list = struct('name', {}, 'arguments', {});
for folder = [{''}, {dir(fullfile(root, '@*')).name}]
  for file = dir(fullfile(root, folder{1}, '*.m'))'
    lines = strsplit(fileread(fullfile(root, folder{1}, file.name)), sprintf('\n'));
    list = [list, of_file(lines, file.name(1:end - 2))]; %#ok<AGROW>
  end
end
end

function list = of_file(lines, name)
list = struct('name', {}, 'arguments', {});
in_class = any(strncmp(lines, 'classdef', 8));
indent = ['^', repmat(' ', 1, 4 * in_class)];
public = true;
for i = 1:numel(lines)
  if strncmp(lines{i}, '  methods', 9)
    public = isempty(strfind(lines{i}, 'private')); %#ok<STREMP>
  end
  found = regexp(lines{i}, [indent, 'function (?:[^=(]*= *)?([\w.]+)(.*)$'], 'tokens', 'once');
  if isempty(found) || ~public || any(found{1} == '.')
    continue
  end
  arguments = regexp([found{2:end}], '\w+', 'match');
  arguments = arguments(~strcmp(arguments, 'self'));
  whole = found{1};
  if in_class
    whole = [name, '.', whole]; %#ok<AGROW>
  end
  list(end + 1) = struct('name', whole, 'arguments', {arguments}); %#ok<AGROW>
  if ~in_class
    return  % the rest are helpers
  end
end
end
