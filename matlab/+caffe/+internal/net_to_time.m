function net = net_to_time(model)
% caffe.internal.net_to_time  A prototxt to deploy in phase 'test', any other in phase 'train'.
try
  net = caffe.Net(model, 'test');
catch  % a file for training alone
  net = caffe.Net(model, 'train');
  return
end
types = cell(1, numel(net.layer_names));
for i = 1:numel(types)
  layer = net.layer_vec(i);
  types{i} = layer.type();
end
learns = any(~cellfun(@isempty, regexp(types, 'Loss')));
if learns || isempty(net.inputs)
  net = caffe.Net(model, 'train');
end
end
