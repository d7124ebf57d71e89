function net = get_net(varargin)
% net = caffe.get_net(model, phase), caffe.get_net(model, weights, phase)
%   The same as caffe.Net of these.
%
%   See also caffe.Net.
net = caffe.Net(varargin{:});
end
