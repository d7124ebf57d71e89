function text = version()
% text = caffe.version()  The version of the library, such as '2.0.0'.
text = caffe_mex('version');
end
