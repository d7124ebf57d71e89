function drawn = draw_loss(history)
% caffe.internal.draw_loss  Draws the loss so far. Where nothing can be drawn it says so, and false.
drawn = false;
if isempty(getenv('DISPLAY')) && isunix() && ~ismac() && isempty(getenv('WAYLAND_DISPLAY'))
  warning('caffe:noGraphics', 'there is no display to draw the loss on; the training goes on');
  return
end
try
  plot(history.iter, history.loss);
  xlabel('iteration');
  ylabel('loss');
  title(sprintf('iteration %d: loss %.4g', history.iter(end), history.loss(end)));
  drawnow();
  drawn = true;
catch reason
  warning('caffe:noGraphics', 'the loss cannot be drawn (%s); the training goes on', ...
    reason.message);
end
end
