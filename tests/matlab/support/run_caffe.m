function output = run_caffe(varargin)
% output = run_caffe('train', '-solver', file)  Runs the caffe command of the build; what it says.
%   The test is skipped where it is not built.
program = fullfile(getenv('CAFFE_BUILD'), 'libcaffe', 'caffe');
if ~exist(program, 'file')
  error('caffe:skip', 'the caffe command is not built');
end
quoted = cellfun(@(text) ['''', text, ''''], [{program}, varargin], 'UniformOutput', false);
[status, output] = system([strjoin(quoted, ' '), ' 2>&1']);
if status ~= 0
  error('%s: status %d: %s', strjoin(varargin, ' '), status, output);
end
end
