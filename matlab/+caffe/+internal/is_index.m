function answer = is_index(value, count)
% caffe.internal.is_index  Whether a value is an array of whole numbers from 1 to count.
answer = isnumeric(value) && isreal(value) && ...
  all(value(:) >= 1 & value(:) <= count & value(:) == fix(value(:)));
end
