function values = to_single(values)
% caffe.internal.to_single  An array of real numbers of any class as single; others are an error.
caffe.internal.check((isnumeric(values) || islogical(values)) && isreal(values), ...
  'caffe:invalidArgument', 'values have to be an array of real numbers, not of class %s%s', ...
  class(values), repmat(', complex', 1, isnumeric(values) && ~isreal(values)));
if ~isa(values, 'single')
  values = single(full(values));
end
end
