function history = watch(solver, wanted)
% caffe.internal.watch  Trains to max_iter in parts, between which it records, calls and draws.
history = struct('iter', [], 'loss', [], 'learning_rate', []);
drawing = ischar(wanted.plot) || logical(wanted.plot);
while solver.iter() < solver.max_iter() && ~solver.is_stopping()
  done = solver.iter();
  solver.step(min(wanted.every - mod(done, wanted.every), solver.max_iter() - done));
  history.iter(end + 1) = solver.iter();
  history.loss(end + 1) = solver.loss();
  history.learning_rate(end + 1) = solver.learning_rate();
  if drawing
    drawing = caffe.internal.draw_loss(history, wanted.plot);
  end
  if ~isempty(wanted.callback)
    wanted.callback(solver);
  end
end
end
