function results = run_tests(group, tests)
% caffe.internal.run_tests  Runs those of the functions whose names begin with test_.
%   A test fails with an error; one with the identifier caffe:skip says why it did not run.
results = struct('Name', {}, 'Passed', {}, 'Failed', {}, 'Skipped', {}, 'Details', {});
for i = 1:numel(tests)
  name = func2str(tests{i});
  name = regexprep(name, '^@|^.*[>/.]', '');
  if ~strncmp(name, 'test_', 5)
    continue
  end
  result = struct('Name', [group, '/', name(6:end)], 'Passed', false, 'Failed', false, ...
    'Skipped', false, 'Details', '');
  try
    tests{i}();
    result.Passed = true;
  catch reason
    result.Details = reason.message;
    result.Skipped = strcmp(reason.identifier, 'caffe:skip');
    result.Failed = ~result.Skipped;
    words = {'FAILED ', 'skipped'};
    fprintf('%s %s: %s\n', words{1 + result.Skipped}, result.Name, reason.message);
    if result.Failed && ~isempty(reason.stack)
      fprintf('    in %s, line %d\n', reason.stack(1).name, reason.stack(1).line);
    end
  end
  results(end + 1) = result; %#ok<AGROW>
end
end
