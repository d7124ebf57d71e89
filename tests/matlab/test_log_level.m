function tests = test_log_level()
% What the environment says about the log, in a session of its own.
tests = localfunctions();
end

function level = level_with(setting)
[folder, cleaner] = scratch(); %#ok<ASGLU>
program = fullfile(folder, 'script.m');
write_lines(program, { ...
  sprintf('addpath(''%s'');', fileparts(which('caffe_mex'))) ...
  'unsetenv(''GLOG_minloglevel''); unsetenv(''CAFFE_LOG_LEVEL'');' ...
  setting ...
  'printf(''level %s\n'', caffe.set_log_level(''none''));'});
[status, output] = system(['octave-cli --no-init-file ''', program, ''' 2>&1']);
expect_equal(status, 0);
found = regexp(output, 'level (\w+)', 'tokens');
level = found{1}{1};
end

function test_unasked()
expect_equal(level_with(''), 'training');
end

function test_glogs_variable()
% It counts from information.
expect_equal(level_with('setenv(''GLOG_minloglevel'', ''0'');'), 'info');
expect_equal(level_with('setenv(''GLOG_minloglevel'', ''2'');'), 'error');
expect_equal(level_with('setenv(''GLOG_minloglevel'', ''3'');'), 'none');
expect_equal(level_with('setenv(''GLOG_minloglevel'', ''loud'');'), 'training');
end

function test_the_librarys_own_goes_before_it()
setting = 'setenv(''GLOG_minloglevel'', ''3''); setenv(''CAFFE_LOG_LEVEL'', ''2'');';
expect_equal(level_with(setting), 'warning');
end
