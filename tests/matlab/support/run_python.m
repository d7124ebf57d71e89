function output = run_python(script, varargin)
% output = run_python('conformance_cases.py', argument, ...)  Runs a script of this folder.
%   What it prints comes back; when it fails, what it says is the error. The test is skipped where
%   there is no Python with numpy.
quoted = cellfun(@(text) ['''', strrep(text, '''', '''\'''''), ''''], varargin, ...
  'UniformOutput', false);
if system('python3 -c "import numpy" > /dev/null 2>&1') ~= 0
  error('caffe:skip', 'there is no python3 with numpy');
end
script = fullfile(fileparts(mfilename('fullpath')), script);
[status, output] = system(['python3 ''', script, ''' ', strjoin(quoted, ' '), ' 2>&1']);
if status ~= 0
  error('%s: status %d: %s', script, status, output);
end
end
