function [snapshot, watch, watched] = watch_options(pairs, max_iter)
% caffe.internal.watch_options  What the pairs given to solve() ask for, and whether for watching.
snapshot = '';
watch = struct('every', max(1, round(max_iter / 100)), 'callback', [], 'plot', false);
if numel(pairs) == 1  % the snapshot's name alone
  pairs = [{'snapshot'}, pairs];
end
caffe.internal.check(mod(numel(pairs), 2) == 0, 'caffe:invalidArgument', ...
  'usage: solver.solve(''every'', n, ''callback'', f, ''plot'', true, ''snapshot'', file)');
watched = false;
for i = 1:2:numel(pairs)
  value = pairs{i + 1};
  caffe.internal.check_text(pairs{i}, 'the name of an option');
  switch pairs{i}
    case 'snapshot'
      caffe.internal.check_file(value, 'the snapshot');
      snapshot = value;
      continue
    case 'every'
      good = isscalar(value) && caffe.internal.is_index(value, flintmax());
      wanted = 'a positive whole number';
    case 'callback'
      good = isa(value, 'function_handle');
      wanted = 'a function handle';
    case 'plot'
      good = (isscalar(value) && (islogical(value) || isnumeric(value))) || ...
        (ischar(value) && ~isempty(regexp(value, '\.png$', 'once')));
      wanted = 'true, false, or the name of a file that ends in .png';
    otherwise
      error('caffe:invalidArgument', ...
        'there is no option ''%s'': they are snapshot, every, callback and plot', pairs{i});
  end
  caffe.internal.check(good, 'caffe:invalidArgument', '%s has to be %s', pairs{i}, wanted);
  watch.(pairs{i}) = value;
  watched = true;
end
end
