function tests = test_solver()
% caffe.test.test_solver  What caffe.run_tests() runs of solvers.
tests = localfunctions();
end

function test_step_and_solve()
model = caffe.test.model_file(13);
file = [tempname(), '.prototxt'];
stream = fopen(file, 'w');
fprintf(stream, ['net: "%s" test_iter: 2 test_interval: 50 base_lr: 0.01 momentum: 0.9 ', ...
  'lr_policy: "inv" gamma: 0.0001 power: 0.75 max_iter: 100 snapshot_after_train: false\n'], ...
  model);
fclose(stream);
before = caffe.set_log_level('warning');
restore = onCleanup(@() caffe.set_log_level(before)); %#ok<NASGU>
solver = caffe.Solver(file);
delete(file);
delete(model);
assert(solver.iter() == 0);
solver.step(1);
first = solver.loss();
solver.step(29);
assert(solver.iter() == 30);
solver.solve();
assert(solver.iter() == 100);
assert(solver.loss() < first);
assert(isequal(solver.test_nets(1).blobs('label').shape(), 5));
end
