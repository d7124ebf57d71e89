function show_table(heads, rows, sides)
% caffe.internal.show_table  Prints a cell of text in columns; sides is 'l' or 'r' for each.
columns = numel(heads);
formats = cell(1, columns);
for k = 1:columns
  width = max(cellfun(@numel, [heads(k); rows(:, k)]));
  if sides(k) == 'l'
    formats{k} = sprintf('%%-%ds', width);
  else
    formats{k} = sprintf('%%%ds', width);
  end
end
format = [strjoin(formats, '  '), '\n'];
fprintf(format, heads{:});
for i = 1:size(rows, 1)
  fprintf(format, rows{i, :});
end
end
