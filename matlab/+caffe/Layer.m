classdef Layer < handle
  % caffe.Layer  One layer of a net.
  %   layer = net.layers('conv1');
  %   layer.type()          its type, such as 'Convolution'
  %   layer.params(1)       its first parameter blob: the weights; (2): the bias
  %   layer.name, layer.phase
  %   layer.implementation()  which code computes it, where there is something to tell
  %   layer.prototxt()      its definition
  %
  %   See also caffe.Net, caffe.Blob.

  properties (Access = private)
    handle
    owner
    type_name
  end

  properties (SetAccess = private)
    name    % the prototxt's name
    phase   % 'train' or 'test'
    params  % its parameter blobs: layer.params(1)
  end

  methods
    function self = Layer(handle, owner)
      % Layers are asked of nets; nobody else makes them.
      caffe.internal.check(nargin == 2 && isa(handle, 'uint64') && ...
        isa(owner, 'caffe.internal.Owner'), 'caffe:invalidArgument', ...
        'a layer belongs to a net: net.layers(name)');
      self.handle = handle;
      self.owner = owner;
      found = caffe_mex('layer_describe', handle);
      self.name = found.name;
      self.phase = found.phase;
      self.type_name = found.type;
      self.params = caffe.internal.List(@(blob) caffe.Blob(blob, owner), found.blobs);
    end

    function text = type(self)
      % text = layer.type()  The layer's type, such as 'Convolution'.
      text = self.type_name;
    end

    function set_params_data(self, index, values)
      % layer.set_params_data(index, values)  The same as layer.params(index).set_data(values).
      blob = self.params(index);
      blob.set_data(values);
    end

    function text = implementation(self)
      % text = layer.implementation()  Which code computes it; '' when there is nothing to tell.
      text = caffe_mex('layer_implementation', self.handle);
    end

    function text = prototxt(self)
      % text = layer.prototxt()  The layer's definition.
      text = caffe_mex('layer_prototxt', self.handle);
    end

    function disp(self)
      fprintf('  caffe.Layer %s (%s), %d parameter blobs\n', self.name, self.type_name, ...
        length(self.params));
    end
  end
end
