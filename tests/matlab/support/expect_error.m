function expect_error(identifier, action, words)
% expect_error('caffe:shape', @() net.forward({1}), {'28', 'got'})
%   An error unless the action fails with that identifier and a message that has all these words.
try
  action();
catch reason
  if ~strcmp(reason.identifier, identifier)
    error('expected %s, got %s: %s', identifier, reason.identifier, reason.message);
  end
  if nargin > 2
    for i = 1:numel(words)
      if isempty(strfind(reason.message, words{i})) %#ok<STREMP>
        error('expected "%s" in the message: %s', words{i}, reason.message);
      end
    end
  end
  return
end
error('expected %s, but nothing failed', identifier);
end
