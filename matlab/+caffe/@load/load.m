classdef load < caffe.Model
  % model = caffe.load('bvlc_googlenet')  A model of the zoo, ready to be asked: see caffe.Model.
  %   where: the model's folder, its readme.md, or its name: a folder in those that CAFFE_ZOO of the
  %   environment names, in models/ here, or in ~/.cache/caffe/models. Nothing is fetched:
  %   `caffe zoo download NAME` in a shell does that.
  %   Options follow in pairs, as for caffe.Net; 'trust', true runs layers of Python, whatever the
  %   card names.
  %
  %   scores = model.predict('cat.jpg')
  %
  %   See also caffe.Model.

  % A class, because Octave warns of a file load.m in the package that it hides its own function.

  methods
    function self = load(where, varargin)
      % model = caffe.load(where)  then options in pairs.
      caffe.internal.check(nargin >= 1, 'caffe:invalidArgument', 'usage: caffe.load(model)');
      caffe.internal.check_text(where, 'the model');
      self@caffe.Model(found(where), varargin{:});
    end
  end
end

function path = found(where)
path = where;
if exist(where, 'dir') == 7 || exist(where, 'file') == 2 || any(where == '/')
  return
end
places = [strsplit(getenv('CAFFE_ZOO'), pathsep), {'models', cache()}];
places = places(~cellfun(@isempty, places));
for i = 1:numel(places)
  path = [places{i}, '/', where];
  if exist([path, '/readme.md'], 'file') == 2
    return
  end
end
error('caffe:notFound', ['there is no model "%s" in %s; `caffe zoo download %s` in a shell ', ...
  'fetches one that is known'], where, strjoin(places, ', '), where);
end

function folder = cache()
base = getenv('XDG_CACHE_HOME');
if isempty(base)
  base = fullfile(getenv('HOME'), '.cache');
end
folder = fullfile(base, 'caffe', 'models');
end
