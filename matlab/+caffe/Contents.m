% caffe  Nets of Caffe: run, look into, train.
%   MATLAB shows this with help caffe, Octave with help caffe.Contents.
%
% Nets
%   caffe.Net             a net: forward, backward, weights (help caffe.Net)
%   caffe.Blob            one tensor of a net: get_data, set_data, reshape
%   caffe.Layer           one layer of a net
%   caffe.get_net         the same as caffe.Net
%   caffe.summary         layers, shapes and parameters as a table
%   caffe.features        what a net makes of images, in one of its blobs
%   caffe.time            how long each layer takes
%
% Models of the zoo
%   caffe.load            opens one by its name, folder or readme.md
%   caffe.Model           what it is: predict, preprocess, labels (help caffe.Model)
%
% Training
%   caffe.Solver          trains a net: step, solve, snapshot (help caffe.Solver)
%   caffe.get_solver      the same as caffe.Solver
%
% Images
%   caffe.io              load_image, from_image, resize_image, oversample, read_mean, write_mean
%
% The process
%   caffe.set_mode_cpu    nets run on the CPU
%   caffe.set_mode_gpu    nets run on a GPU
%   caffe.set_device      which GPU
%   caffe.set_num_threads threads that compute
%   caffe.set_random_seed the same numbers every time
%   caffe.set_log_level   what the log shows
%   caffe.reset_all       frees all nets and solvers
%   caffe.version         the library's version
%   caffe.run_tests       tests this installation
%
% Sizes are width first: an image is W x H x C, BGR; caffe.io.from_image makes that of what imread
% gives, which is H x W x C, RGB.
