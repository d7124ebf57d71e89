function solver = get_solver(varargin)
% solver = caffe.get_solver(file)  The same as caffe.Solver(file).
%
%   See also caffe.Solver.
solver = caffe.Solver(varargin{:});
end
