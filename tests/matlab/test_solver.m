function tests = test_solver()
% caffe.Solver: training, watching it, ending it, going on.
tests = localfunctions();
end

function [solver, cleaner] = small(more)
% Learns y = 3 x + 1; one iteration takes next to no time.
[file, cleaner] = text_file([{ ...
  'base_lr: 0.05 lr_policy: "fixed" max_iter: 200 snapshot_after_train: false random_seed: 1'
  'solver_mode: CPU'
  'net_param { name: "line"'
  '  layer { name: "x" type: "DummyData" top: "x" dummy_data_param {'
  '    shape { dim: 8 dim: 1 } data_filler { type: "uniform" min: -1 max: 1 } } }'
  '  layer { name: "y" type: "Power" bottom: "x" top: "y" power_param { scale: 3 shift: 1 } }'
  '  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip"'
  '    inner_product_param { num_output: 1 } }'
  '  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "loss" } }'}; more]);
solver = caffe.Solver(file);
end

function test_it_learns()
[solver, cleaner] = small({}); %#ok<ASGLU>
expect_equal(solver.type(), 'SGD');
expect_equal(solver.iter(), 0);
expect_equal(solver.max_iter(), 200);
expect_equal(solver.learning_rate(), 0.05, 1e-8);
solver.step(30);
expect_equal(solver.iter(), 30);
solver.solve();
expect_equal(solver.iter(), 200);
expect_equal(solver.net.params('ip', 1).get_data(), single(3), 0.3);
expect_equal(solver.net.params('ip', 2).get_data(), single(1), 0.1);
end

function test_parts_are_the_same_training()
[whole, cleaner] = small({}); %#ok<ASGLU>
whole.solve();
[parts, cleaner2] = small({}); %#ok<ASGLU>
parts.solve('every', 7);
expect_equal(parts.net.params('ip', 1).get_data(), whole.net.params('ip', 1).get_data());
end

function test_history_and_callback()
[solver, cleaner] = small({}); %#ok<ASGLU>
seen = containers.Map('KeyType', 'double', 'ValueType', 'double');
history = solver.solve('every', 50, 'callback', @(s) note(seen, s));
expect_equal(history.iter, [50 100 150 200]);
expect_equal(cell2mat(seen.keys()), [50 100 150 200]);
expect_equal(cell2mat(seen.values()), history.loss);
expect_equal(history.learning_rate, 0.05 * ones(1, 4), 1e-8);
if ~(history.loss(4) < history.loss(1))
  error('the loss has not become smaller');
end
end

function note(seen, solver)
seen(solver.iter()) = solver.loss();
end

function test_a_callback_can_stop_and_fail()
[solver, cleaner] = small({}); %#ok<ASGLU>
solver.solve('every', 10, 'callback', @(s) s.stop());
expect_equal(solver.iter(), 10);
expect_error('my:own', @() solver.solve('every', 10, 'callback', ...
  @(s) error('my:own', 'no %d', s.iter())), {'no 20'});
solver.step(1);
expect_equal(solver.iter(), 21);
end

function test_a_plot_without_a_display_is_a_file()
if ~isempty(getenv('DISPLAY')) || ~isunix()
  error('caffe:skip', 'there is a display');
end
[folder, cleaner] = scratch(); %#ok<ASGLU>
before = cd(folder);
back = onCleanup(@() cd(before)); %#ok<NASGU>
[solver, cleaner2] = small({}); %#ok<ASGLU>
said = evalc('solver.solve(''every'', 50, ''plot'', true)');
expect_equal(solver.iter(), 200);
expect_equal(numel(strfind(said, 'no display')), 1);
expect_equal(numel(strfind(said, fullfile(folder, 'caffe_loss.png'))), 1);
pixels = imread('caffe_loss.png');
expect_equal(size(pixels), [500 800 3]);
expect_equal(has_colour(pixels, [36 88 166]), true);
expect_equal(has_colour(pixels, [220 38 38]), false);
end

function answer = has_colour(pixels, colour)
flat = double(reshape(pixels, [], 3));
answer = any(all(flat == repmat(colour, size(flat, 1), 1), 2));
end

function test_a_plot_into_a_file()
[folder, cleaner] = scratch(); %#ok<ASGLU>
file = fullfile(folder, 'curve.png');
[solver, cleaner2] = small({}); %#ok<ASGLU>
expect_equal(evalc('solver.solve(''every'', 100, ''plot'', file);'), '');
expect_equal(size(imread(file)), [500 800 3]);
expect_error('caffe:invalidArgument', @() solver.solve('plot', 'curve.txt'), {'.png'});
[solver, cleaner3] = small({}); %#ok<ASGLU>
said = evalc('solver.solve(''every'', 100, ''plot'', fullfile(folder, ''no'', ''a.png''));');
expect_equal(numel(strfind(said, 'cannot be drawn')), 1);
expect_equal(solver.iter(), 200);
end

function test_curves_as_pixels()
% The first and the last point lie where the axes say; what is not finite has a mark.
blue = [36 88 166];
image = caffe.internal.curve_image([0 10 20 30], [3 NaN 2 1]);
expect_equal(size(image), [500 800 3]);
columns = find(any(all(bsxfun(@eq, image, reshape(uint8(blue), 1, 1, 3)), 3), 1));
rows = find(any(all(bsxfun(@eq, image, reshape(uint8(blue), 1, 1, 3)), 3), 2));
expect_equal([min(columns), max(columns)], [123 755], 4);  % 4 hundredths of room at either end
expect_equal([min(rows), max(rows)]', [35; 425], 4);
red = any(all(bsxfun(@eq, image, reshape(uint8([220 38 38]), 1, 1, 3)), 3), 1);
expect_equal(mean(find(red)), 100 + 680 * (1.2 + 10) / 32.4, 2);
for y = {5, [5 5], [NaN NaN], [Inf 1], [], 1e30 * [1 2], [-1e-9 0]}
  image = caffe.internal.curve_image(1:numel(y{1}), y{1});
  expect_equal(size(image), [500 800 3]);
end
end

function test_options_of_solve()
[solver, cleaner] = small({}); %#ok<ASGLU>
expect_error('caffe:invalidArgument', @() solver.solve('every', 0), {'every'});
expect_error('caffe:invalidArgument', @() solver.solve('callback', 3), {'callback'});
expect_error('caffe:invalidArgument', @() solver.solve('often', 3), {'often', 'every'});
expect_error('caffe:io', @() solver.solve('nowhere.solverstate'), {'nowhere'});
expect_error('caffe:invalidArgument', @() solver.step(0));
expect_error('caffe:invalidArgument', @() solver.step('ten'));
expect_error('caffe:invalidArgument', @() solver.step(1.5), {'whole number'});
end

function test_snapshot_and_restore()
prefix = tempname();
[solver, cleaner] = small({sprintf('snapshot_prefix: "%s"', prefix)}); %#ok<ASGLU>
solver.step(5);
file = solver.snapshot();
expect_equal(file, [prefix, '_iter_5.solverstate']);
solver.step(5);
expected = solver.net.params('ip', 1).get_data();
[other, cleaner2] = small({sprintf('snapshot_prefix: "%s"', prefix)}); %#ok<ASGLU>
other.restore(file);
expect_equal(other.iter(), 5);
other.step(5);
expect_equal(other.net.params('ip', 1).get_data(), expected);
delete([prefix, '_iter_5.solverstate']);
delete([prefix, '_iter_5.caffemodel']);
end

function test_gradients_by_hand()
[solver, cleaner] = small({}); %#ok<ASGLU>
net = solver.net;
before = net.params('ip', 2).get_data();
net.clear_param_diffs();
net.params('ip', 2).set_diff(2);
solver.apply_update();
expect_equal(net.params('ip', 2).get_data(), before - single(0.05) * 2, 1e-7);
end

function test_test_nets()
[solver, cleaner] = small({'test_iter: 1 test_interval: 1000'}); %#ok<ASGLU>
expect_equal(length(solver.test_nets), 1);
expect_equal(solver.test_nets(1).phase, 'test');
solver.net.params('ip', 2).set_data(5);
expect_equal(solver.test_nets(1).params('ip', 2).get_data(), single(5));
solver.test();
expect_error('caffe:notFound', @() solver.test_nets(2));
end

function test_a_net_outlives_its_solver()
caffe.reset_all();
[solver, cleaner] = small({}); %#ok<ASGLU>
net = solver.net;
clear solver
net.forward_prefilled();
expect_equal(caffe_mex('living'), 1);
clear net
expect_equal(caffe_mex('living'), 0);
end

function test_a_deleted_solver_says_so()
[solver, cleaner] = small({}); %#ok<ASGLU>
delete(solver);
expect_error('caffe:stale', @() solver.step(1), {'deleted'});
end
