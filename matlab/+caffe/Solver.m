classdef Solver < handle
  % caffe.Solver  Trains a net.
  %   solver = caffe.Solver('solver.prototxt');
  %   solver.solve()                        trains to max_iter, with a snapshot at the end
  %   solver.step(100)                      100 iterations
  %   solver.net, solver.test_nets(1)       its nets
  %   solver.iter(), solver.max_iter(), solver.loss(), solver.learning_rate()
  %   solver.snapshot(), solver.restore('net_iter_500.solverstate')
  %
  %   history = solver.solve('every', 100, 'callback', @(s) disp(s.loss()), 'plot', true)
  %   calls a function every 100 iterations and draws the loss; see help caffe.Solver.solve.
  %
  %   Ctrl-C ends the training after the current iteration, with the error caffe:interrupted; the
  %   solver can go on from there.
  %
  %   Options behind the file's name: 'type', 'weights', 'net' (a struct of options for its nets).
  %
  %   See also caffe.Net, caffe.set_log_level.

  properties (SetAccess = private)
    net        % the net that learns
    test_nets  % the nets that test: solver.test_nets(1)
  end

  properties (Access = private)
    handle
    owner
    type_name
    stopping = false
  end

  methods
    function self = Solver(file, varargin)
      % solver = caffe.Solver(file), then options in pairs.
      caffe.internal.check(nargin >= 1, 'caffe:invalidArgument', 'usage: caffe.Solver(file)');
      caffe.internal.check_text(file, 'the solver''s file');
      self.handle = caffe_mex('solver_create', 'file', file, caffe.internal.options(varargin));
      owner = caffe.internal.Owner(self.handle);
      self.owner = owner;
      found = caffe_mex('solver_describe', self.handle);
      self.type_name = found.type;
      self.net = caffe.Net(found.net, owner);
      self.test_nets = caffe.internal.List(@(net) caffe.Net(net, owner), found.test_nets);
    end

    function delete(self)
      % delete(solver)  Lets the solver go; its nets stay good as long as they are held.
      try
        self.owner = [];
        self.net = [];
        self.test_nets = caffe.internal.List([], []);
      catch  % when Octave ends, it lets nobody change the solver of a persistent variable
      end
    end

    function number = iter(self)
      % number = solver.iter()  How many iterations are done.
      number = caffe_mex('solver_iter', pointer(self));
    end

    function number = max_iter(self)
      % number = solver.max_iter()  How many solve() does in all.
      number = caffe_mex('solver_max_iter', pointer(self));
    end

    function value = loss(self)
      % value = solver.loss()  The loss, averaged over average_loss iterations.
      value = caffe_mex('solver_loss', pointer(self));
    end

    function value = learning_rate(self)
      % value = solver.learning_rate()  The rate of the next iteration.
      value = caffe_mex('solver_learning_rate', pointer(self));
    end

    function text = type(self)
      % text = solver.type()  The update rule, such as 'SGD'.
      text = self.type_name;
    end

    function text = prototxt(self)
      % text = solver.prototxt()  The solver's definition.
      text = caffe_mex('solver_prototxt', pointer(self));
    end

    function step(self, iterations)
      % solver.step(n)  Trains for n iterations; tests, logs and takes snapshots as asked for.
      caffe.internal.check(isnumeric(iterations) && isscalar(iterations) && iterations > 0, ...
        'caffe:invalidArgument', 'the number of iterations has to be a positive whole number');
      caffe_mex('solver_step', pointer(self), double(iterations));
    end

    function history = solve(self, varargin)
      % solver.solve()  Trains to max_iter, with a snapshot at the end.
      %   solver.solve('snapshot', file) goes on from a snapshot.
      %   history = solver.solve('every', n, 'callback', f, 'plot', true)
      %     'every'     how often the rest happens, in iterations (default: a hundredth of max_iter)
      %     'callback'  f(solver) is called; solver.stop() in it ends the training early
      %     'plot'      draws the loss so far: on the screen, or where there is none into
      %                 caffe_loss.png in the working folder; a file's name ending in .png instead
      %                 of true draws it there
      %   history has the fields iter, loss and learning_rate, a row each.
      [snapshot, watch, watched] = caffe.internal.watch_options(varargin, self.max_iter());
      self.stopping = false;
      if ~watched && nargout == 0
        caffe_mex('solver_solve', pointer(self), snapshot);
        return
      end
      if ~isempty(snapshot)
        self.restore(snapshot);
      end
      history = caffe.internal.watch(self, watch);
      if ~self.stopping
        caffe_mex('solver_solve', pointer(self));  % the snapshot and the test at the end
      end
    end

    function stop(self)
      % solver.stop()  In a callback of solve: ends the training.
      self.stopping = true;
    end

    function answer = is_stopping(self)
      % answer = solver.is_stopping()  Whether stop() has been called in this solve.
      answer = self.stopping;
    end

    function test(self)
      % solver.test()  Runs the test nets and logs their outputs.
      caffe_mex('solver_test', pointer(self));
    end

    function apply_update(self)
      % solver.apply_update()  Changes the parameters by the gradients in the net's diffs.
      caffe_mex('solver_apply_update', pointer(self));
    end

    function file = snapshot(self)
      % file = solver.snapshot()  Writes the weights and the solver's state; the state's file.
      file = caffe_mex('solver_snapshot', pointer(self));
    end

    function restore(self, file)
      % solver.restore(file)  Goes back to a .solverstate, with the weights it names.
      caffe.internal.check_file(file, 'the snapshot');
      caffe_mex('solver_restore', pointer(self), file);
    end

    function disp(self)
      if isempty(self.owner)
        fprintf('  caffe.Solver, deleted\n');
      else
        fprintf('  caffe.Solver %s at iteration %d of %d, net "%s"\n', self.type_name, ...
          self.iter(), self.max_iter(), self.net.name);
      end
    end
  end

  methods (Access = private)
    function handle = pointer(self)
      caffe.internal.check(~isempty(self.owner), 'caffe:stale', 'this solver has been deleted');
      handle = self.handle;
    end
  end
end
