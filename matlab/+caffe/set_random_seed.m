function set_random_seed(seed)
% caffe.set_random_seed(seed)  Nets made after the same seed draw the same numbers.
caffe_mex('set_seed', seed);
end
