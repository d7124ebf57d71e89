function tests = test_package()
% The tests users run, and what belongs to no class.
tests = localfunctions();
end

function test_run_tests()
results = caffe.run_tests();
expect_equal(numel(results), 8);
expect_equal(any([results.Failed]), false);
end

function test_version()
expect_equal(caffe.version(), '2.0.0');
end
