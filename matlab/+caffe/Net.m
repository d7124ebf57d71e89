classdef Net < handle
  % caffe.Net  A net: run it, look into it, change its weights.
  %   net = caffe.Net(model, 'test')            a prototxt file, and a phase: 'train' or 'test'
  %   net = caffe.Net(model, weights, 'test')   with weights: a .caffemodel, or HDF5 (.h5)
  %   net = caffe.Net(..., 'lenient', true, 'optimize', true)   with options, see below
  %
  %   scores = net.forward({image});     one cell an input; a cell of outputs comes back
  %   net.forward_prefilled();           runs on what the inputs hold
  %   net.blobs('conv1').get_data()      a blob by name: W x H x C x N, single
  %   net.params('conv1', 1).set_data(w) a layer's weights (1) and bias (2)
  %   net.backward({gradient})           gradients of the outputs in, of the inputs out
  %
  %   Arrays have width as their first size: W x H x C x N. Images are BGR, as caffe.io.load_image
  %   reads them and caffe.io.from_image makes them of what imread gives.
  %
  %   A net is freed when it and everything that was asked of it (blobs, layers) is cleared, or by
  %   caffe.reset_all().
  %
  %   Options are those of the library: 'level', 'stage', 'lenient', 'backend', 'device',
  %   'force_backward', 'seed', 'dialect', 'optimize', 'keep', 'convolution', 'bf16_weights',
  %   'threads'.
  %
  %   See also caffe.Blob, caffe.Layer, caffe.Solver, caffe.summary, caffe.time, caffe.features.

  properties (SetAccess = private)
    name             % the prototxt's name
    phase            % 'train' or 'test'
    layer_vec        % all layers, in the order they run: net.layer_vec(2)
    blob_vec         % all blobs, in the order layers make them: net.blob_vec(2)
    inputs           % names of the inputs, a cell
    outputs          % names of the blobs no layer reads, a cell
    layer_names      % names of the layers, a cell
    blob_names       % names of the blobs, a cell
    name2layer_index % a containers.Map
    name2blob_index  % a containers.Map
    bottom_id_vecs   % for each layer the indices of the blobs it reads
    top_id_vecs      % for each layer the indices of the blobs it makes
  end

  properties (Dependent, SetAccess = private)
    name_blob_index  % name2blob_index
    name_layer_index % name2layer_index
  end

  properties (Access = private)
    handle
    owner
  end

  methods
    function self = Net(varargin)
      % net = caffe.Net(model, phase), caffe.Net(model, weights, phase), then options in pairs.
      if nargin == 2 && isa(varargin{2}, 'caffe.internal.Owner')  % who has the net, a handle
        self.handle = varargin{1};
        self.owner = varargin{2};
      else
        self.handle = create(varargin);
        self.owner = caffe.internal.Owner(self.handle);
      end
      describe(self);
    end

    function delete(self)
      % delete(net)  Lets the net go; what was asked of it stays good as long as it is held.
      try
        self.owner = [];
        self.layer_vec = caffe.internal.List([], []);
        self.blob_vec = caffe.internal.List([], []);
      catch  % when Octave ends, it lets nobody change the net of a persistent variable
      end
    end

    function map = get.name_blob_index(self)
      map = self.name2blob_index;
    end

    function map = get.name_layer_index(self)
      map = self.name2layer_index;
    end

    function layer = layers(self, name)
      % layer = net.layers(name)  The layer of that name.
      layer = self.layer_vec(place(self, name, self.name2layer_index, 'layer'));
    end

    function blob = blobs(self, name)
      % blob = net.blobs(name)  The blob of that name.
      blob = self.blob_vec(place(self, name, self.name2blob_index, 'blob'));
    end

    function blob = params(self, name, index)
      % blob = net.params(name, index)  A layer's parameter blob: 1 the weights, 2 the bias.
      layer = self.layers(name);
      if ~(isscalar(index) && caffe.internal.is_index(index, length(layer.params)))
        error('caffe:notFound', 'layer "%s" (%s) has %d parameter blobs; there is no (%s)', ...
          name, layer.type(), length(layer.params), caffe.internal.shown(index));
      end
      blob = layer.params(index);
    end

    function set_params_data(self, name, index, values)
      % net.set_params_data(name, index, values)  net.params(name, index).set_data(values)
      blob = self.params(name, index);
      blob.set_data(values);
    end

    function results = forward(self, values)
      % outputs = net.forward({input1, input2, ...})  Sets the inputs, runs the net.
      %   An input takes another number of images (its last size) from the array, and keeps it; its
      %   other sizes have to be those of the array. An empty cell leaves its input as it is.
      %   Returns a cell of the outputs, a column. A net without inputs is run by net.forward().
      if nargin < 2
        values = nothing_given(self, self.inputs, 'input', 'forward');
      end
      set_inputs(self, values);
      self.forward_prefilled();
      results = cell(numel(self.outputs), 1);
      for i = 1:numel(results)
        blob = self.blobs(self.outputs{i});
        results{i} = blob.get_data();
      end
    end

    function results = backward(self, gradients)
      % diffs = net.backward({gradient1, ...})  Sets the outputs' gradients, runs backward.
      %   Returns a cell of the inputs' gradients, a column. Gradients of parameters are added to
      %   what their diffs hold.
      if nargin < 2
        gradients = nothing_given(self, self.outputs, 'output', 'backward');
      end
      check_values(self, gradients, self.outputs, 'output');
      for i = 1:numel(gradients)
        if ~isempty(gradients{i})
          blob = self.blobs(self.outputs{i});
          blob.set_diff(gradients{i});
        end
      end
      self.backward_prefilled();
      results = cell(numel(self.inputs), 1);
      for i = 1:numel(results)
        blob = self.blobs(self.inputs{i});
        results{i} = blob.get_diff();
      end
    end

    function loss = forward_prefilled(self, first, last)
      % net.forward_prefilled()  Runs the net on what its inputs hold; returns the loss.
      %   net.forward_prefilled(first, last) runs the layers of these names only.
      if nargin == 1
        loss = caffe_mex('net_forward', pointer(self));
      else
        names = self.name2layer_index;
        loss = caffe_mex('net_forward', pointer(self), place(self, first, names, 'layer'), ...
          place(self, last, names, 'layer'));
      end
    end

    function backward_prefilled(self, first, last)
      % net.backward_prefilled()  Gradients, from what the outputs' diffs hold.
      %   net.backward_prefilled(first, last) runs the layers of these names only, backwards.
      if nargin == 1
        caffe_mex('net_backward', pointer(self));
      else
        names = self.name2layer_index;
        caffe_mex('net_backward', pointer(self), place(self, first, names, 'layer'), ...
          place(self, last, names, 'layer'));
      end
    end

    function clear_param_diffs(self)
      % net.clear_param_diffs()  Sets the gradients of all parameters to zero.
      caffe_mex('net_clear_param_diffs', pointer(self));
    end

    function set_input_data(self, values)
      % net.set_input_data({input1, ...})  Sets the inputs as forward does, without running the net.
      set_inputs(self, values);
    end

    function results = get_output(self)
      % results = net.get_output()  The outputs: a struct array of blob_name and data.
      results = struct('blob_name', self.outputs(:)', 'data', []);
      for i = 1:numel(results)
        blob = self.blobs(self.outputs{i});
        results(i).data = blob.get_data();
      end
    end

    function set_input_arrays(self, data, labels, layer)
      % net.set_input_arrays(data, labels)  What a MemoryData layer serves from now on.
      %   data: W x H x C x N; labels: N numbers. A third argument names the layer (the first one).
      if nargin < 4
        layer = '';
      end
      caffe_mex('net_set_input_arrays', pointer(self), layer, caffe.internal.to_single(data), ...
        caffe.internal.to_single(labels));
    end

    function copy_from(self, file)
      % net.copy_from(file)  Weights of a .caffemodel or .h5, into the layers of the same names.
      caffe.internal.check_text(file, 'the weights'' file');
      caffe_mex('net_copy_from', pointer(self), file);
    end

    function save(self, file, diffs)
      % net.save(file)  Writes the weights, as HDF5 where the name ends in .h5.
      %   net.save(file, true) writes the gradients, too.
      caffe.internal.check_text(file, 'the weights'' file');
      if nargin < 3
        diffs = false;
      end
      caffe_mex('net_save', pointer(self), file, diffs);
    end

    function export_onnx(self, file, varargin)
      % net.export_onnx(file)  Writes the net as an ONNX model.
      %   net.export_onnx(file, 'output', {'fc7'}, 'dynamic_batch', true)
      caffe.internal.check_text(file, 'the model''s file');
      caffe_mex('net_export_onnx', pointer(self), file, caffe.internal.options(varargin));
    end

    function reshape(self)
      % net.reshape()  Fits all shapes to the inputs' shapes; forward does it by itself.
      caffe_mex('net_reshape', pointer(self));
    end

    function reshape_as_input(self, values)
      % net.reshape_as_input({array1, ...})  Gives each input the shape of an array.
      check_values(self, values, self.inputs, 'input');
      for i = 1:numel(values)
        if ~isempty(values{i})
          sizes = size(values{i});
          blob = self.blobs(self.inputs{i});
          blob.reshape([sizes, ones(1, 4 - numel(sizes))]);
        end
      end
      self.reshape();
    end

    function share_weights_with(self, other)
      % net.share_weights_with(other)  Uses the other net's weights, by layer name, uncopied.
      caffe.internal.check(isa(other, 'caffe.Net'), 'caffe:invalidArgument', ...
        'weights are shared with a caffe.Net, not with a value of class %s', class(other));
      caffe_mex('net_share_weights', pointer(self), pointer(other));
    end

    function other = clone(self)
      % other = net.clone()  A net with the same layers, which shares the weights.
      handle = caffe_mex('net_clone', pointer(self));
      other = caffe.Net(handle, caffe.internal.Owner(handle));
    end

    function text = prototxt(self)
      % text = net.prototxt()  The definition as it runs: upgraded, filtered by phase, with splits.
      text = caffe_mex('net_prototxt', pointer(self));
    end

    function times = measure(self, iterations, backward)
      % times = net.measure(iterations, backward)  Layers x 2 milliseconds; see caffe.time.
      times = caffe_mex('net_time', pointer(self), iterations, backward);
    end

    function disp(self)
      if isempty(self.owner)
        fprintf('  caffe.Net, deleted\n');
      else
        fprintf('  caffe.Net "%s" (%s), %d layers, inputs: %s, outputs: %s\n', self.name, ...
          self.phase, numel(self.layer_names), strjoin(self.inputs(:)', ', '), ...
          strjoin(self.outputs(:)', ', '));
      end
    end
  end

  methods (Access = private)
    function describe(self)
      owner = self.owner;
      found = caffe_mex('net_describe', self.handle);
      self.name = found.name;
      self.phase = found.phase;
      self.layer_names = found.layer_names;
      self.blob_names = found.blob_names;
      self.inputs = reshape(found.blob_names(found.inputs), [], 1);
      self.outputs = reshape(found.blob_names(found.outputs), [], 1);
      self.bottom_id_vecs = found.bottoms;
      self.top_id_vecs = found.tops;
      self.layer_vec = caffe.internal.List(@(layer) caffe.Layer(layer, owner), found.layers);
      self.blob_vec = caffe.internal.List(@(blob) caffe.Blob(blob, owner), found.blobs);
      self.name2layer_index = caffe.internal.index_map(found.layer_names);
      self.name2blob_index = caffe.internal.index_map(found.blob_names);
    end

    function handle = pointer(self)
      caffe.internal.check(~isempty(self.owner), 'caffe:stale', 'this net has been deleted');
      handle = self.handle;
    end

    function index = place(self, name, map, what)
      pointer(self);
      caffe.internal.check_text(name, ['the name of a ', what]);
      if ~isKey(map, name)
        error('caffe:notFound', 'net "%s" has no %s "%s"; it has: %s', self.name, what, name, ...
          strjoin(keys(map), ', '));
      end
      index = map(name);
    end

    function check_values(self, values, names, what)
      pointer(self);
      caffe.internal.check(iscell(values), 'caffe:invalidArgument', ...
        'expected a cell of arrays, one for each %s, not a value of class %s', what, ...
        class(values));
      if numel(values) ~= numel(names)
        error('caffe:shape', 'net "%s" has %d %ss (%s), the cell holds %d arrays', self.name, ...
          numel(names), what, strjoin(names(:)', ', '), numel(values));
      end
    end

    function values = nothing_given(self, names, what, method)
      % What a pass without arguments means: nothing to set, where there is nothing.
      pointer(self);
      listed = strjoin(names(:)', ', ');
      caffe.internal.check(isempty(names), 'caffe:invalidArgument', ...
        ['net "%s" has %d %ss (%s): net.%s({%s}) takes an array for each of them, and ', ...
        'net.%s_prefilled() takes what they hold'], self.name, numel(names), what, listed, ...
        method, listed, method);
      values = {};
    end

    function set_inputs(self, values)
      check_values(self, values, self.inputs, 'input');
      for i = 1:numel(values)
        if ~isempty(values{i})
          blob = self.blobs(self.inputs{i});
          caffe.internal.fit_batch(blob, values{i}, self.inputs{i});
          blob.set_data(values{i});
        end
      end
    end
  end
end

function handle = create(arguments)
% The handle of a new net: (model, phase, options ...) or (model, weights, phase, options ...).
usage = 'caffe.Net(model, phase) or caffe.Net(model, weights, phase), then pairs of options';
caffe.internal.check(numel(arguments) >= 2, 'caffe:invalidArgument', 'usage: %s', usage);
with_weights = mod(numel(arguments), 2) == 1;
model = arguments{1};
phase = arguments{2 + with_weights};
pairs = arguments(3 + with_weights:end);
caffe.internal.check_text(model, 'the model''s file');
caffe.internal.check(ischar(phase) && any(strcmp(phase, {'train', 'test'})), ...
  'caffe:invalidArgument', 'the phase has to be ''train'' or ''test'' (%s)', usage);
if with_weights
  caffe.internal.check_file(arguments{2}, 'the weights'' file');
  pairs = [pairs, {'weights', arguments{2}}];
end
handle = caffe_mex('net_create', 'file', model, phase, caffe.internal.options(pairs));
end
