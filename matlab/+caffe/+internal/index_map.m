function map = index_map(names)
% caffe.internal.index_map  A containers.Map from each name to its first place.
different = unique(names(:)');
[~, places] = ismember(different, names);
if isempty(different)
  map = containers.Map('KeyType', 'char', 'ValueType', 'double');
else
  map = containers.Map(different, places(:)');
end
end
