classdef Model < handle
  % caffe.Model  A net with its card: images in, labels out. caffe.load opens one.
  %   model = caffe.load('models/bvlc_googlenet');
  %   model.predict('cat.jpg')              the five likeliest classes, as a table
  %   scores = model.predict('cat.jpg')     scores(1).label, .index, .probability
  %   scores = model.predict({'a.jpg', 'b.jpg'}, 3)    a cell of them
  %   model.preprocess('cat.jpg')           what would be fed, W x H x C, single
  %   model.check()                         runs the example that the card brings along
  %   model.net, model.name, model.task, model.labels
  %
  %   An image is a file's name, or what imread gives: H x W x 3, RGB, H x W x 4, with alpha, which
  %   is dropped, or H x W, grey; uint8, or floats from 0 to 255, or from 0 to 1, which are
  %   multiplied by 255. An index counts from 1: labels{index}.
  %
  %   See also caffe.load, caffe.Net.

  properties (SetAccess = private)
    name    % the card's
    task    % 'image classification' ..., '' where the card does not say
    labels  % a column of names, empty where the card has none
    net     % its caffe.Net
  end

  properties (Access = private)
    handle
    owner
  end

  methods
    function self = Model(path, varargin)
      % model = caffe.Model(path)  Of a folder or a readme.md, then options in pairs.
      caffe.internal.check(nargin >= 1, 'caffe:invalidArgument', 'usage: caffe.Model(path)');
      caffe.internal.check_text(path, 'the model''s path');
      self.handle = caffe_mex('model_open', path, options_of(varargin));
      self.owner = caffe.internal.Owner(self.handle);
      about = caffe_mex('model_describe', self.handle);
      self.name = about.name;
      self.task = about.task;
      self.labels = about.labels;
      self.net = caffe.Net(about.net, self.owner);
    end

    function delete(self)
      % delete(model)  Lets the model go; its net stays good as long as it is held.
      try
        self.owner = [];
        self.net = [];
      catch  % when Octave ends, it lets nobody change the model of a persistent variable
      end
    end

    function values = preprocess(self, image)
      % values = model.preprocess(image)  What would be fed: W x H x C, single.
      %   Resized, cropped, in the model's order of channels, less the mean, times the scale.
      caffe_mex('model_set_batch', pointer(self), 1);
      put(self, image);
      values = caffe_mex('model_input', self.handle);
    end

    function scores = predict(self, images, top)
      % scores = model.predict(images, top)  The likeliest classes, 5 where no number is given.
      %   A struct array with label, index and probability, the likeliest first; of a cell of images
      %   a cell of them. Without a result it is printed.
      caffe.internal.check(nargin >= 2, 'caffe:invalidArgument', 'usage: model.predict(images)');
      if nargin < 3
        top = 5;
      end
      caffe.internal.check(isnumeric(top) && isscalar(top) && top >= 1 && top == fix(top), ...
        'caffe:invalidArgument', 'top is the number of classes, a whole number from 1 on');
      several = iscell(images);
      if ~several
        images = {images};
      end
      found = cell(size(images));
      for i = 1:numel(images)
        found{i} = one(self, images{i}, double(top));
      end
      if nargout == 0
        for i = 1:numel(images)
          show(images{i}, found{i});
        end
        return
      end
      scores = found;
      if ~several
        scores = found{1};
      end
    end

    function check(self)
      % model.check()  An error when the card's example has another answer, or the card has none.
      caffe_mex('model_check', pointer(self));
    end

    function disp(self)
      % disp(model)  Its name, its task, the number of its classes.
      fprintf('  caffe.Model "%s" (%s), %d labels\n', self.name, self.task, numel(self.labels));
    end
  end

  methods (Access = private)
    function handle = pointer(self)
      caffe.internal.check(~isempty(self.owner), 'caffe:stale', 'this model has been deleted');
      handle = self.handle;
    end

    function put(self, image)
      if ischar(image)
        caffe.internal.check_text(image, 'the image''s file');
        caffe_mex('model_set_image', self.handle, 1, image);
        return
      end
      [pixels, order] = pixels_of(image);
      caffe_mex('model_set_pixels', self.handle, 1, pixels, order);
    end

    function scores = one(self, image, top)
      self.preprocess(image);
      self.net.forward_prefilled();
      best = caffe_mex('model_top', self.handle, 1, top);
      scores = struct('label', {}, 'index', {}, 'probability', {});
      for i = 1:size(best, 2)
        label = sprintf('%d', best(1, i));
        if best(1, i) <= numel(self.labels)
          label = self.labels{best(1, i)};
        end
        scores(i, 1) = struct('label', label, 'index', best(1, i), 'probability', best(2, i));
      end
    end
  end
end

function text = options_of(pairs)
% What the net is asked for stands in net { ... }.
caffe.internal.check(mod(numel(pairs), 2) == 0 && iscellstr(pairs(1:2:end)), ...
  'caffe:invalidArgument', 'options are pairs of a name and a value');
is_trust = cellfun(@(name) isequal(name, 'trust'), pairs(1:2:end));
own = reshape([is_trust; is_trust], 1, []);
text = '';
if any(own)
  text = caffe.internal.options(pairs(own));
end
if any(~own)
  text = sprintf('%snet { %s}', text, caffe.internal.options(pairs(~own)));
end
end

function [pixels, order] = pixels_of(image)
% C x W x H, which lies in memory as the rows of an image do.
caffe.internal.check((isnumeric(image) || islogical(image)) && isreal(image), ...
  'caffe:invalidArgument', 'an image is a file''s name or an array, not of class %s', class(image));
caffe.internal.check(~isempty(image) && ndims(image) <= 3 && any(size(image, 3) == [1 3 4]), ...
  'caffe:shape', 'an image is H x W x 3, H x W x 4 or H x W, not of size %s', ...
  caffe.internal.sizes_text(size(image)));
orders = {'gray', '', 'RGB', 'RGBA'};
order = orders{size(image, 3)};
pixels = permute(full(image), [3 2 1]);
if islogical(pixels)
  pixels = uint8(255 * pixels);
elseif isa(pixels, 'uint16')
  pixels = single(pixels) / 257;
elseif ~isa(pixels, 'uint8')
  pixels = double(pixels);
  if ~isinteger(image) && min(pixels(:)) >= 0 && max(pixels(:)) <= 1
    pixels = 255 * pixels;
    whole = round(pixels);  % those that come of bytes are bytes again
    if max(abs(pixels(:) - whole(:))) < 1e-3
      pixels = whole;
    end
  end
  pixels = single(pixels);
end
end

function show(image, scores)
if ischar(image)
  fprintf('%s\n', image);
end
rows = cell(numel(scores), 3);
for i = 1:numel(scores)
  rows(i, :) = {sprintf('%.4f', scores(i).probability), sprintf('%d', scores(i).index), ...
    scores(i).label};
end
caffe.internal.show_table({'probability', 'index', 'label'}, rows, 'rrl');
end
