function check(condition, identifier, format, varargin)
% caffe.internal.check  An error with this identifier and text unless the condition holds.
if ~condition
  error(identifier, format, varargin{:});
end
end
