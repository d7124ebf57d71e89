function file = shared(varargin)
% file = shared('data', 'images', 'cat.jpg')  A file of the folder shared/ beside the repository.
%   The test is skipped where it is not there.
root = fileparts(fileparts(fileparts(fileparts(mfilename('fullpath')))));
file = fullfile(root, '..', 'shared', varargin{:});
if ~exist(file, 'file')
  error('caffe:skip', '%s is not there', fullfile('../shared', varargin{:}));
end
end
