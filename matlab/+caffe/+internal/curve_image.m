function image = curve_image(x, y)
% caffe.internal.curve_image  A curve with its axes as pixels, H x W x 3: no display is needed.
%   The axes are the loss and the iteration. Values that are not finite leave a gap, with a red mark
%   at the axis.
sizes = [800 500];  % W H
place = [100 20 780 440];  % left, top, right, bottom of what the axes enclose
image = 255 * ones(sizes(2), sizes(1), 3, 'uint8');
good = isfinite(y);
[low_x, high_x] = ends(x);
[low_y, high_y] = ends(y(good));
across = @(v) place(1) + (v - low_x) / (high_x - low_x) * (place(3) - place(1));
down = @(v) place(4) - (v - low_y) / (high_y - low_y) * (place(4) - place(2));

ink = [17 24 39];
for v = ticks(low_x, high_x)
  image = stroke(image, across([v v]), place([2 4]), [229 231 235], 1);
  image = write(image, sprintf('%g', v), across(v), place(4) + 12, ink, 0.5);
end
for v = ticks(low_y, high_y)
  image = stroke(image, place([1 3]), down([v v]), [229 231 235], 1);
  image = write(image, sprintf('%.4g', v), place(1) - 8, down(v) - 7, ink, 1);
end
image = stroke(image, place([1 1]), place([2 4]), ink, 1);
image = stroke(image, place([1 3]), place([4 4]), ink, 1);
image = write(image, 'iteration', mean(place([1 3])), place(4) + 36, ink, 0.5);
image = write(image, 'loss', place(1) - 8, 2, ink, 1);

for i = 1:numel(x)
  if ~good(i)
    image = stroke(image, across(x([i i])), place(4) - [0 20], [220 38 38], 3);
  elseif i > 1 && good(i - 1)
    image = stroke(image, across(x(i - 1:i)), down(y(i - 1:i)), [36 88 166], 2);
  else
    image = stroke(image, across(x([i i])), down(y([i i])), [36 88 166], 4);
  end
end
end

function [low, high] = ends(values)
if isempty(values)
  values = [0 1];
end
low = min(double(values));
high = max(double(values));
room = 0.04 * (high - low);
if room == 0
  room = max(abs(high), 1) / 2;
end
low = low - room;
high = high + room;
end

function values = ticks(low, high)
% Round numbers, three to six of them.
step = 10 ^ floor(log10((high - low) / 3));
for factor = [2 2.5 2]  % 2, 5, 10 times the power of ten
  if (high - low) / step <= 6
    break
  end
  step = step * factor;
end
values = step * (ceil(low / step):floor(high / step)) + 0;  % 0, not -0
end

function image = stroke(image, x, y, colour, width)
% A straight line.
count = ceil(max(abs(diff(x)), abs(diff(y)))) + 1;
columns = round(linspace(x(1), x(2), count));
rows = round(linspace(y(1), y(2), count));
for shift = 0:width - 1
  for other = 0:width - 1
    image = fill(image, rows + shift - floor(width / 2), columns + other - floor(width / 2), ...
      colour);
  end
end
end

function image = fill(image, rows, columns, colour)
[height, width, ~] = size(image);
good = rows >= 1 & rows <= height & columns >= 1 & columns <= width;
places = rows(good) + (columns(good) - 1) * height;
for k = 1:3
  image(places + (k - 1) * height * width) = colour(k);
end
end

function image = write(image, text, x, y, colour, part)
% Letters of 10 x 14 pixels, of which that part of the text lies left of x.
x = round(x - part * 12 * numel(text));
for i = 1:numel(text)
  dots = repelem(letter(text(i)), 2, 2);
  [rows, columns] = find(dots);
  image = fill(image, round(y) + rows(:)', x + 12 * (i - 1) + columns(:)', colour);
end
end

function dots = letter(one)
% Seven rows of five dots, each row a number.
letters = '0123456789.-+eitraonls';
rows = [ ...
  14 17 19 21 25 17 14; 4 12 4 4 4 4 14; 14 17 1 2 4 8 31; 31 2 4 2 1 17 14; 2 6 10 18 31 2 2
  31 16 30 1 1 17 14; 6 8 16 30 17 17 14; 31 1 2 4 8 8 8; 14 17 17 14 17 17 14
  14 17 17 15 1 2 12; 0 0 0 0 0 12 12; 0 0 0 31 0 0 0; 0 4 4 31 4 4 0; 0 0 14 17 31 16 14
  4 0 12 4 4 4 14; 8 8 28 8 8 9 6; 0 0 22 25 16 16 16; 0 0 14 1 15 17 15; 0 0 14 17 17 17 14
  0 0 22 25 17 17 17; 12 4 4 4 4 4 14; 0 0 15 16 14 1 30];
found = rows(letters == one, :);
dots = zeros(7, 5);
for k = 1:5
  dots(:, k) = bitand(found(:), 2 ^ (5 - k)) > 0;
end
end
