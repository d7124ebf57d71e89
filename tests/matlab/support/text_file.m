function [file, cleaner] = text_file(lines)
% [file, cleaner] = text_file(lines)  A new file of these lines, deleted when cleaner is cleared.
file = [tempname(), '.prototxt'];
write_lines(file, lines);
cleaner = onCleanup(@() delete(file));
end
