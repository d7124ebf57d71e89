function check_file(value, name)
% caffe.internal.check_file  An error unless the value is the name of a file that can be read.
caffe.internal.check_text(value, name);
file = fopen(value, 'r');
caffe.internal.check(file >= 0, 'caffe:io', '%s: there is no file %s that can be read', name, ...
  value);
fclose(file);
end
