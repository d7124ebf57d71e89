function expect_close(actual, expected, relative, absolute, what)
% expect_close(actual, expected, relative, absolute, what)
%   An error unless the sizes are the same and |actual - expected| <= absolute + relative |expected|
%   everywhere. Equal infinities agree, and NaNs.
if ~isequal(size(actual), size(expected))
  error('%s: expected size %s, got %s', what, mat2str(size(expected)), mat2str(size(actual)));
end
actual = double(actual(:));
expected = double(expected(:));
near = abs(actual - expected) <= absolute + relative * abs(expected);
wrong = find(~(near | actual == expected | (isnan(actual) & isnan(expected))));
if ~isempty(wrong)
  error('%s: %d of %d values differ; at %d it is %g instead of %g', what, numel(wrong), ...
    numel(actual), wrong(1), actual(wrong(1)), expected(wrong(1)));
end
end
