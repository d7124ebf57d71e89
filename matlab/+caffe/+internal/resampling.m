function matrix = resampling(old, new, corners)
% caffe.internal.resampling  The matrix, new x old, that resamples an axis bilinearly.
%   The centres of pixels are mapped onto each other, and an axis that shrinks by a factor f is
%   smoothed by a Gaussian of (f - 1) / 2 pixels before; with corners the centres of the corner
%   pixels are mapped onto each other, and nothing is smoothed.
if old == new
  matrix = eye(old);
  return
end
if corners
  places = linspace(0, old - 1, new)';
else
  places = ((0:new - 1)' + 0.5) * (old / new) - 0.5;
end
source = 0:old - 1;
matrix = max(0, 1 - abs(repmat(places, 1, old) - repmat(source, new, 1)));
sigma = (old / new - 1) / 2;
if corners || sigma <= 0
  return
end
reach = floor(4 * sigma + 0.5);
kernel = exp(-0.5 * ((-reach:reach) / sigma) .^ 2);
kernel = kernel / sum(kernel);
distance = repmat(source', 1, old) - repmat(source, old, 1);
near = abs(distance) <= reach;
smoothing = zeros(old);
smoothing(near) = kernel(distance(near) + reach + 1);
matrix = matrix * smoothing;
end
