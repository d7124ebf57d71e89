function tests = test_interrupt()
% Ctrl-C ends an iteration of a training, and nothing is lost; elsewhere it is the language's own.
tests = localfunctions();
end

function [solver, cleaner] = learner(prefix)
% Every pass sees other data and drops other values: a training that went on elsewhere would show.
[file, cleaner] = text_file({ ...
  'base_lr: 0.01 momentum: 0.9 lr_policy: "fixed" max_iter: 1000000000 random_seed: 3'
  sprintf('snapshot: 10 snapshot_prefix: "%s"', prefix)
  'net_param { layer { name: "data" type: "DummyData" top: "x" top: "t" dummy_data_param {'
  '    shape { dim: 4 dim: 10 } shape { dim: 4 dim: 3 }'
  '    data_filler { type: "gaussian" } data_filler { type: "uniform" } } }'
  '  layer { name: "drop" type: "Dropout" bottom: "x" top: "x" }'
  '  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"'
  '    inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }'
  '  layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "loss" } }'});
solver = caffe.Solver(file);
end

function send_when_there_is(file)
% Ctrl-C to this process as soon as the file is there: the training has begun then.
if ~exist('getpid', 'builtin') || ~isunix()
  error('caffe:skip', 'the language does not tell its process');
end
system(sprintf('(while [ ! -e ''%s'' ]; do sleep 0.02; done; kill -INT %d) > /dev/null 2>&1 &', ...
  file, getpid()));
end

function goes_on_as_if_nothing_had_been(train)
[folder, cleaner] = scratch(); %#ok<ASGLU>
prefix = fullfile(folder, 's');
[solver, cleaner2] = learner(prefix); %#ok<ASGLU>
solver.step(5);
send_when_there_is([prefix, '_iter_10.caffemodel']);
expect_error('caffe:interrupted', @() train(solver), {'iteration', 'can go on'});
done = solver.iter();
if done < 10
  error('it was interrupted before it had begun, at %d', done);
end
solver.step(7);
expect_equal(solver.iter(), done + 7);
[whole, cleaner3] = learner(fullfile(folder, 'w')); %#ok<ASGLU>
whole.step(done + 7);
for k = 1:2
  expect_equal(solver.net.params('ip', k).get_data(), whole.net.params('ip', k).get_data());
end
end

function test_step()
goes_on_as_if_nothing_had_been(@(solver) solver.step(1e9));
end

function test_solve()
goes_on_as_if_nothing_had_been(@(solver) solver.solve());
end

function test_solve_with_a_callback()
goes_on_as_if_nothing_had_been(@(solver) solver.solve('every', 1e8, 'callback', @(s) s.iter()));
end

function output = session(marker, lines)
% What a session of its own prints that gets Ctrl-C once there is the file `marker`.
[folder, cleaner] = scratch(); %#ok<ASGLU>
program = fullfile(folder, 'script.m');
write_lines(program, [{sprintf('addpath(''%s'');', fileparts(which('caffe_mex')))}, lines]);
write_lines(fullfile(folder, 'solver.prototxt'), {[ ...
  'base_lr: 0.1 lr_policy: "fixed" max_iter: 9 display: 1 snapshot: 50 snapshot_prefix: "s" ', ...
  'net_param { layer { name: "x" type: "DummyData" top: "x" top: "t" ', ...
  'dummy_data_param { shape { dim: 2 } } } ', ...
  'layer { name: "loss" type: "EuclideanLoss" bottom: "x" bottom: "t" top: "loss" } }']});
output = run_python('interrupted.py', folder, marker, 'octave-cli', '--no-init-file', program);
end

function expect_said(output, said, not_said)
expect_equal(isempty(strfind(output, said)), false); %#ok<STREMP>
for i = 1:numel(not_said)
  expect_equal(isempty(strfind(output, not_said{i})), true); %#ok<STREMP>
end
end

function test_with_a_log()
% What is printed in between does not take Ctrl-C away from the training.
output = session('s_iter_50.caffemodel', { ...
  'solver = caffe.Solver(''solver.prototxt'');' ...
  'try' ...
  '  solver.step(1e6);' ...
  'catch reason' ...
  '  printf(''caught %s\n'', reason.identifier);' ...
  'end'});
expect_said(output, 'caught caffe:interrupted', {});
expect_said(output, 'Iteration 49 (', {});
end

function test_elsewhere_it_is_the_languages_own()
% Ctrl-C in a loop ends the script, not by an error of ours, and what the script wanted to do at
% its end is done. A training was there before, and has given Ctrl-C back.
output = session('looping', { ...
  'caffe.set_log_level(''none'');' ...
  'solver = caffe.Solver(''solver.prototxt'');' ...
  'solver.step(3);' ...
  'unwind_protect' ...
  '  try' ...
  '    fclose(fopen(''looping'', ''w''));' ...
  '    begin = tic(); while toc(begin) < 60, end' ...
  '    printf(''not interrupted\n'');' ...
  '  catch reason' ...
  '    printf(''caught %s\n'', reason.identifier);' ...
  '  end' ...
  'unwind_protect_cleanup' ...
  '  printf(''at iteration %d\n'', solver.iter());' ...
  'end_unwind_protect'});
expect_said(output, 'at iteration 3', {'caught', 'not interrupted'});
end
