function text = sizes_text(sizes)
% caffe.internal.sizes_text  "28 x 28 x 1 x 64".
if isempty(sizes)
  text = '(a scalar)';
else
  text = sprintf('%d x ', sizes);
  text = text(1:end - 3);
end
end
