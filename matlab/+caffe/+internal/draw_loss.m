function drawn = draw_loss(history, wanted)
% caffe.internal.draw_loss  Draws the loss so far: on the screen, or as a PNG where there is none.
%   wanted: true, or the name of a PNG. Says once where the file is. Where nothing can be drawn it
%   says so, and returns false.
drawn = false;
file = '';
if ischar(wanted)
  file = wanted;
elseif isempty(getenv('DISPLAY')) && isunix() && ~ismac() && isempty(getenv('WAYLAND_DISPLAY'))
  file = fullfile(pwd(), 'caffe_loss.png');
end
try
  if isempty(file)
    plot(history.iter, history.loss);
    xlabel('iteration');
    ylabel('loss');
    title(sprintf('iteration %d: loss %.4g', history.iter(end), history.loss(end)));
    drawnow();
  else
    imwrite(caffe.internal.curve_image(history.iter, history.loss), file);
    if numel(history.iter) == 1 && ~ischar(wanted)
      fprintf('there is no display: the loss is drawn into %s\n', file);
    end
  end
  drawn = true;
catch reason
  warning('caffe:noGraphics', 'the loss cannot be drawn (%s); the training goes on', ...
    reason.message);
end
end
