function fit_batch(blob, values, name)
% caffe.internal.fit_batch  Gives an input as many items as an array has, along its last size.
%   Nothing else is changed: where other sizes differ, what follows is an error. Warns once of an
%   array that looks as if imread had made it.
persistent told
shape = blob.shape();
if ~(isnumeric(values) || islogical(values)) || isempty(shape)
  return
end
sizes = size(values);
sizes = [sizes, ones(1, numel(shape) - numel(sizes))];
while numel(sizes) > numel(shape) && sizes(end) == 1
  sizes = sizes(1:end - 1);
end
if isa(values, 'uint8') && numel(shape) == 4 && all(sizes(1:2) > 1) && isempty(told)
  told = true;
  warning('caffe:widthFirst', ['input "%s": an array of class uint8 goes in as it is, width ', ...
    'first, W x H x C; of what imread gives caffe.io.from_image makes that'], name);
end
if numel(sizes) == numel(shape) && isequal(sizes(1:end - 1), shape(1:end - 1)) && ...
    sizes(end) ~= shape(end)
  blob.reshape(sizes);
end
end
