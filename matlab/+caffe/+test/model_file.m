function file = model_file(outputs)
% file = caffe.test.model_file(outputs)  A small net with a loss, as a file the caller deletes.
file = [tempname(), '.prototxt'];
lines = { ...
  'name: "small"'
  'force_backward: true'
  'layer { name: "data" type: "DummyData" top: "data" top: "label"'
  '  dummy_data_param { shape { dim: 5 dim: 2 dim: 3 dim: 4 } shape { dim: 5 }'
  '    data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" value: 1 } } }'
  'layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"'
  '  convolution_param { num_output: 11 kernel_size: 2 pad: 3'
  '    weight_filler { type: "gaussian" std: 1 } bias_filler { type: "constant" value: 2 } } }'
  'layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"'
  sprintf('  inner_product_param { num_output: %d', outputs)
  '    weight_filler { type: "gaussian" std: 0.1 } } }'
  'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }'};
stream = fopen(file, 'w');
fprintf(stream, '%s\n', lines{:});
fclose(stream);
end
