function [file, cleaner] = text_file(lines)
% [file, cleaner] = text_file(lines)  A new file of these lines, deleted when cleaner is cleared.
file = [tempname(), '.prototxt'];
stream = fopen(file, 'w');
fprintf(stream, '%s\n', lines{:});
fclose(stream);
cleaner = onCleanup(@() delete(file));
end
