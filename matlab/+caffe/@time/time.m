classdef time
  % caffe.time(model)             How long each layer of a prototxt takes, and all of them.
  % caffe.time(net, iterations)   The same of a caffe.Net; means over so many runs (default: 10).
  % caffe.time(model, iterations, phase)  Of a prototxt in phase 'train' or 'test'.
  %   Without a semicolon it shows a table. times = caffe.time(...) has milliseconds: times.layers
  %   (a cell of names), times.types, times.forward and times.backward (a column each),
  %   times.total_forward and times.total_backward.
  %
  %   The net runs on what its inputs hold. A net of phase 'test' is timed forward only, one of
  %   phase 'train' backward, too. A prototxt to deploy (it has inputs, and no loss) is of phase
  %   'test' unless another is given, any other of phase 'train'. Layer by layer nothing is fused,
  %   so that the pass as a whole, which is measured by itself, can be faster than the sum.
  %
  %   See also caffe.summary, caffe.Net.

  % A class, because Octave warns of a file time.m in the package that it hides its own function.

  properties (SetAccess = private)
    layers          % names
    types
    forward         % milliseconds, a column
    backward
    total_forward = 0
    total_backward = 0
  end

  methods
    function self = time(net, iterations, phase)
      caffe.internal.check(nargin >= 1, 'caffe:invalidArgument', ...
        'usage: caffe.time(model), caffe.time(net, iterations), caffe.time(model, 10, ''train'')');
      if nargin < 2
        iterations = 10;
      end
      if nargin == 3
        caffe.internal.check(ischar(net), 'caffe:invalidArgument', ...
          'a phase is given with the name of a prototxt: a caffe.Net has one');
        net = caffe.Net(net, phase);
      elseif ischar(net)
        net = caffe.internal.net_to_time(net);
      end
      net = caffe.internal.net_of(net, 'train');
      learns = strcmp(net.phase, 'train');
      net.forward_prefilled();  % memory is allocated, and methods are chosen, at the first pass
      if learns
        net.backward_prefilled();
      end
      measured = net.measure(iterations, learns);
      self.layers = net.layer_names;
      self.types = cell(size(self.layers));
      for i = 1:numel(self.types)
        layer = net.layer_vec(i);
        self.types{i} = layer.type();
      end
      self.forward = measured(:, 1);
      self.backward = measured(:, 2);
      self.total_forward = mean_of(@() net.forward_prefilled(), iterations);
      if learns
        self.total_backward = mean_of(@() net.backward_prefilled(), iterations);
      end
    end

    function disp(self)
      each = self.forward + self.backward;
      numbers = [self.forward, self.backward; self.total_forward, self.total_backward];
      words = arrayfun(@(ms) sprintf('%.3f', ms), numbers, 'UniformOutput', false);
      shares = arrayfun(@(ms) sprintf('%.1f%%', 100 * ms / max(sum(each), realmin())), each, ...
        'UniformOutput', false);
      caffe.internal.show_table({'layer', 'type', 'forward ms', 'backward ms', 'share'}, ...
        [[self.layers; {'all'}], [self.types; {''}], words, [shares; {''}]], 'llrrr');
    end
  end
end

function ms = mean_of(run, times)
begin = tic();
for i = 1:times
  run();
end
ms = 1e3 * toc(begin) / times;
end
