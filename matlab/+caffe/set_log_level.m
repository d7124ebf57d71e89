function before = set_log_level(level)
% caffe.set_log_level(level)  What the library's log shows in the command window.
%   'training'  warnings, and the progress of solvers (the default)
%   'info'      also how nets are made, in many lines
%   'debug', 'warning', 'error', 'none'
% before = caffe.set_log_level(level)  Returns the level before.
%
%   The environment variable CAFFE_LOG_LEVEL (0, debug, to 4, none) or glog's GLOG_minloglevel
%   (0, info, to 3, none), where set, is the default.
before = caffe_mex('set_log_level', level);
if nargout == 0
  clear before
end
end
