function expect_refusals(name, action, good, takes, usable)
% expect_refusals(name, action, good, takes, usable)
%   action(good{:}) works; it has to fail with an error caffe:... when one of the arguments is
%   replaced by a bad value. takes: for each argument the labels of bad_values it takes after all.
%   usable() is called in between: the session has to go on.
bad = bad_values();
complaints = {};
for place = 1:numel(good)
  for i = 1:size(bad, 1)
    if any(strcmp(takes{place}, bad{i, 1}))
      continue
    end
    arguments = good;
    arguments{place} = bad{i, 2};
    said = 'nothing failed';
    try
      action(arguments{:});
    catch reason
      said = sprintf('%s: %s', reason.identifier, reason.message);
    end
    if ~strncmp(said, 'caffe:', 6) || strncmp(said, 'caffe:internal', 14)
      complaints{end + 1} = sprintf('argument %d, %s: %s', place, bad{i, 1}, said); %#ok<AGROW>
    end
  end
  usable();
end
if ~isempty(complaints)
  error('%s\n  %s', name, strjoin(complaints, sprintf('\n  ')));
end
end
