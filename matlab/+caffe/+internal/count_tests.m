function text = count_tests(results)
% caffe.internal.count_tests  "12 passed, 0 failed, 1 skipped".
text = sprintf('%d passed, %d failed, %d skipped', sum([results.Passed]), ...
  sum([results.Failed]), sum([results.Skipped]));
end
