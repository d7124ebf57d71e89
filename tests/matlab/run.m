% Runs the tests of this folder: octave-cli tests/matlab/run.m [FILE ...], FILE as in test_net.
% The environment's CAFFE_BUILD names the build folder (scripts/run_in sets it). A test is a
% function test_... in a file test_....m, which returns localfunctions().
here = fileparts(mfilename('fullpath'));
build = getenv('CAFFE_BUILD');
if isempty(build)
  build = fullfile(here, '..', '..', 'build');
end
addpath(fullfile(build, 'matlab'), fullfile(here, 'support'));
addpath(here, '-end');  % behind the language's own run

caffe.set_log_level('error');

chosen = argv();
chosen = chosen(strncmp(chosen, 'test_', 5));
if isempty(chosen)
  found = dir(fullfile(here, 'test_*.m'));
  chosen = {found.name};
end
results = [];
for i = 1:numel(chosen)
  name = regexprep(chosen{i}, '\.m$', '');
  fprintf('== %s\n', name);
  results = [results, caffe.internal.run_tests(name(6:end), feval(name))]; %#ok<AGROW>
  caffe.reset_all();
end
fprintf('%s\n', caffe.internal.count_tests(results));
exit(any([results.Failed]));
