function results = run_tests()
% results = caffe.run_tests()  Tests this installation: nets, solvers, images.
%   Prints what failed, and how many passed. Returns a struct array of Name, Passed, Failed,
%   Skipped and Details. All nets and solvers are freed, before and after.
caffe.set_mode_cpu();
caffe.reset_all();
results = [ ...
  caffe.internal.run_tests('net', caffe.test.test_net()), ...
  caffe.internal.run_tests('solver', caffe.test.test_solver()), ...
  caffe.internal.run_tests('io', caffe.test.test_io())];
caffe.reset_all();
fprintf('%s\n', caffe.internal.count_tests(results));
if nargout == 0
  clear results
end
end
