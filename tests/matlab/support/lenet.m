function [model, weights] = lenet()
% [model, weights] = lenet()  The files of a LeNet that Caffe itself trained, of the shared folder.
model = shared('zoo', 'weights', 'lenet_everpeace_v1format', 'lenet.prototxt');
weights = shared('zoo', 'weights', 'lenet_everpeace_v1format', 'lenet_iter_10000.caffemodel');
end
