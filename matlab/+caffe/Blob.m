classdef Blob < handle
  % caffe.Blob  One tensor of a net: values (data) and their gradient (diff).
  %   blob = net.blobs('conv1');       blob = net.params('conv1', 1);
  %   blob.shape()                     sizes, width first: [W H C N]
  %   blob.get_data(), blob.get_diff() a copy, of class single
  %   blob.set_data(x), blob.set_diff(x)
  %   blob.reshape([W H C N])
  %
  %   Sizes come in the opposite order of the prototxt's (which says N, C, H, W), so that memory
  %   need not be rearranged. The language drops sizes of 1 at the end of an array: a batch of one
  %   image is W x H x C, and fits a blob of [W H C 1].
  %
  %   See also caffe.Net.

  properties (Access = private)
    handle
    owner
  end

  methods
    function self = Blob(handle, owner)
      % Blobs are asked of nets and layers; nobody else makes them.
      caffe.internal.check(nargin == 2 && isa(handle, 'uint64') && ...
        isa(owner, 'caffe.internal.Owner'), 'caffe:invalidArgument', ...
        'a blob belongs to a net: net.blobs(name), net.params(layer, index)');
      self.handle = handle;
      self.owner = owner;
    end

    function sizes = shape(self)
      % sizes = blob.shape()  Its sizes, width first, as a row; [] for a blob without axes.
      sizes = caffe_mex('blob_shape', self.handle);
    end

    function reshape(self, sizes)
      % blob.reshape(sizes)  Another shape, a row of sizes, width first.
      %   For inputs: the net follows at its next forward, or at net.reshape(). A layer's
      %   parameters keep their count.
      caffe.internal.check(isnumeric(sizes) && ndims(sizes) == 2 && ...
        (isempty(sizes) || size(sizes, 1) == 1), ...
        'caffe:invalidArgument', 'sizes have to be a row of whole numbers, width first');
      caffe_mex('blob_reshape', self.handle, reshape(double(sizes), 1, []));
    end

    function values = get_data(self)
      % values = blob.get_data()  A copy of the values, class single, W x H x C x N.
      values = caffe_mex('blob_get', self.handle, 'data');
    end

    function set_data(self, values)
      % blob.set_data(values)  Copies an array of the blob's size into it.
      %   Any class of real numbers will do; it becomes single.
      caffe_mex('blob_set', self.handle, 'data', caffe.internal.to_single(values));
    end

    function values = get_diff(self)
      % values = blob.get_diff()  A copy of the gradient, class single, W x H x C x N.
      values = caffe_mex('blob_get', self.handle, 'diff');
    end

    function set_diff(self, values)
      % blob.set_diff(values)  Copies an array of the blob's size into its gradient.
      caffe_mex('blob_set', self.handle, 'diff', caffe.internal.to_single(values));
    end

    function disp(self)
      fprintf('  caffe.Blob %s\n', caffe.internal.sizes_text(self.shape()));
    end
  end
end
