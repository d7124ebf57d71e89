function write_lines(file, lines)
% write_lines(file, lines)  Writes a text file: a cell of lines, or one text.
if ischar(lines)
  lines = {lines};
end
stream = fopen(file, 'w');
fprintf(stream, '%s\n', lines{:});
fclose(stream);
end
