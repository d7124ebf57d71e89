function results = run_tests(group, tests)
% caffe.internal.run_tests  Runs those of the functions whose names begin with test_.
%   A test fails with an error; one with the identifier caffe:skip says why it did not run.
%   Tests are a column of function handles, or a name and a handle a row.
results = struct('Name', {}, 'Passed', {}, 'Failed', {}, 'Skipped', {}, 'Details', {});
if size(tests, 2) ~= 2
  names = cellfun(@(test) regexprep(func2str(test), '^@|^.*[>/.]', ''), tests(:), ...
    'UniformOutput', false);
  chosen = strncmp(names, 'test_', 5);
  tests = [regexprep(names(chosen), '^test_', ''), reshape(tests(chosen), [], 1)];
end
for i = 1:size(tests, 1)
  result = struct('Name', [group, '/', tests{i, 1}], 'Passed', false, 'Failed', false, ...
    'Skipped', false, 'Details', '');
  try
    tests{i, 2}();
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
