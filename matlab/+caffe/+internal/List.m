classdef List < handle
  % caffe.internal.List  The layers, blobs or nets behind net.blob_vec, layer.params and the like.
  %   list(2), list(end), list(1:3), list(2).shape(), length(list), numel(list), isempty(list).
  %   Octave has no arrays of objects, so this is one object that can be indexed. The elements are
  %   made when they are first asked for.

  properties (Access = private)
    make     % makes an element from its handle
    handles
    made     % a cell: the elements so far
  end

  methods
    function self = List(make, handles)
      self.make = make;
      self.handles = handles;
      self.made = cell(1, numel(handles));
    end

    function count = length(self)
      count = numel(self.handles);
    end

    function count = numel(self, varargin)
      count = numel(self.handles);
    end

    function varargout = size(self, varargin)
      [varargout{1:max(nargout, 1)}] = size(self.handles, varargin{:});
    end

    function answer = isempty(self)
      answer = isempty(self.handles);
    end

    function index = end(self, varargin)
      index = numel(self.handles);
    end

    function count = numArgumentsFromSubscript(self, subscripts, context) %#ok<INUSL>
      % MATLAB asks how many values an expression has, which is not how many elements there are.
      count = double(context ~= matlab.mixin.util.IndexingContext.Statement);
    end

    function varargout = subsref(self, subscripts)
      first = subscripts(1);
      if strcmp(first.type, '()')
        caffe.internal.check(numel(first.subs) == 1, 'caffe:notFound', ...
          'a list has one index, not %d', numel(first.subs));
        value = element(self, first.subs{1});
      elseif strcmp(first.type, '.') && any(strcmp(first.subs, {'length', 'numel', 'isempty'}))
        value = feval(first.subs, self);
        if numel(subscripts) > 1 && isempty(subscripts(2).subs)
          subscripts(2) = [];  % the () behind it
        end
      else
        error('caffe:invalidArgument', ...
          'a list of %d elements is indexed with (), as in list(1)', numel(self.handles));
      end
      % What follows, a property or a call at a time, so that a list among it gets its own turn.
      at = 2;
      while at <= numel(subscripts)
        last = at;
        if at < numel(subscripts) && strcmp(subscripts(at).type, '.') && ...
            strcmp(subscripts(at + 1).type, '()') && ismethod(value, subscripts(at).subs)
          last = at + 1;
        end
        if last == numel(subscripts)
          [varargout{1:nargout}] = subsref(value, subscripts(at:last));
          return
        end
        value = subsref(value, subscripts(at:last));
        at = last + 1;
      end
      varargout{1} = value;
    end

    function disp(self)
      fprintf('  a list of %d: index it with ()\n', numel(self.handles));
    end
  end

  methods (Access = private)
    function value = element(self, index)
      count = numel(self.handles);
      if ischar(index) && strcmp(index, ':')
        index = 1:count;
      end
      if islogical(index)
        index = find(index);
      end
      if ~caffe.internal.is_index(index, count)
        error('caffe:notFound', 'the list has %d elements; there is no (%s)', count, ...
          caffe.internal.shown(index));
      end
      if ~isscalar(index)
        value = caffe.internal.List(self.make, self.handles(index));
        return
      end
      if isempty(self.made{index})
        self.made{index} = self.make(self.handles(index));
      end
      value = self.made{index};
    end
  end
end
