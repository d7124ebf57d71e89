function expect_equal(actual, expected, tolerance)
% expect_equal(actual, expected, tolerance)  An error unless class and size are the same and the
%   values agree.
if nargin < 3
  tolerance = 0;
end
if ~strcmp(class(actual), class(expected))
  error('expected a value of class %s, got one of class %s', class(expected), class(actual));
end
if ~isequal(size(actual), size(expected))
  error('expected size %s, got %s', mat2str(size(expected)), mat2str(size(actual)));
end
if isequal(actual, expected)
  return
end
if ~isnumeric(actual)
  error('expected %s, got %s', shown(expected), shown(actual));
end
worst = max(abs(double(actual(:)) - double(expected(:))));
if ~(worst <= tolerance)
  error('values differ by %g, more than %g', worst, tolerance);
end
end

function text = shown(value)
if ischar(value)
  text = ['''', value, ''''];
elseif iscellstr(value)
  text = ['{', strjoin(value(:)', ', '), '}'];
else
  text = mat2str(value);
end
end
