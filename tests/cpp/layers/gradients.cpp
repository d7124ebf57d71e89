// Numeric gradients of every differentiable layer: central differences in double precision of a
// random weighted sum of the tops, against what backward() says, for random shapes. A failure
// prints the seed; CAFFE_TEST_SEED=n runs that one only.
#include <cmath>
#include <cstdlib>

#include "core/rng.hpp"
#include "core/threads.hpp"
#include "cpp/layers/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

constexpr float kStep = 1e-2f;  // less than half the distance of distinct_values()

struct GradientCase {
  const char* text;
  // The bottoms; -1 stands for a random extent from 1 to 4.
  std::vector<std::vector<int64_t>> shapes;
  // How many bottoms, counted from the first, have a gradient.
  size_t differentiable = 1;
  // How many labels there are, when the second bottom holds labels.
  int64_t classes = 0;
  Phase phase = TRAIN;
};

const GradientCase kCases[] = {
    {"type: 'ReLU'", {{-1, -1, -1}}},
    {"type: 'ReLU' relu_param { negative_slope: 0.3 }", {{-1, -1}}},
    {"type: 'AbsVal'", {{-1, -1}}},
    {"type: 'BNLL'", {{-1, -1}}},
    {"type: 'Clip' clip_param { min: -0.05 max: 0.05 }", {{-1, -1}}},
    {"type: 'ELU' elu_param { alpha: 0.5 }", {{-1, -1}}},
    {"type: 'Exp' exp_param { base: 2 scale: 0.5 shift: 1 }", {{-1, -1}}},
    {"type: 'Log' log_param { base: 3 scale: 2 shift: 9 }", {{-1, -1}}},
    {"type: 'Power' power_param { power: 2.5 scale: 0.5 shift: 3 }", {{-1, -1}}},
    {"type: 'Sigmoid'", {{-1, -1}}},
    {"type: 'Swish' swish_param { beta: 1.5 }", {{-1, -1}}},
    {"type: 'TanH'", {{-1, -1}}},
    {"type: 'Concat'", {{2, -1, 3}, {2, 2, 3}}, 2},
    {"type: 'Slice' slice_param { axis: 0 }", {{2, -1, -1}}},
    {"type: 'Eltwise' eltwise_param { operation: PROD }", {{-1, 3}, {-1, 3}, {-1, 3}}, 3},
    {"type: 'Eltwise' eltwise_param { coeff: 2 coeff: -1 }", {{-1, 3}, {-1, 3}}, 2},
    {"type: 'Reduction' reduction_param { operation: MEAN axis: 1 coeff: 2 }", {{-1, -1, -1}}},
    {"type: 'Reduction' reduction_param { operation: SUMSQ }", {{-1, -1}}},
    {"type: 'Reduction' reduction_param { operation: ASUM axis: -1 }", {{-1, -1}}},
    {"type: 'Softmax'", {{-1, 4, -1}}},
    {"type: 'Softmax' softmax_param { axis: -1 }", {{-1, -1, 3}}},
    {"type: 'Split'", {{-1, -1}}},
    {"type: 'Dropout'", {{-1, 3, -1}}},
    {"type: 'Dropout' dropout_param { scale_train: false }", {{-1, 3}}, 1, 0, TEST},
    {"type: 'InnerProduct' inner_product_param { num_output: 3 weight_filler { type: 'xavier' } }",
     {{-1, -1, -1}}},
    {"type: 'InnerProduct' inner_product_param { num_output: 2 axis: 2 transpose: true "
     "weight_filler { type: 'xavier' } bias_term: false }",
     {{-1, -1, -1, 2}}},
    {"type: 'Convolution' convolution_param { num_output: 2 kernel_size: 2 pad: 1 "
     "weight_filler { type: 'xavier' } bias_filler { type: 'uniform' } }",
     {{-1, -1, -1, -1}}},
    {"type: 'Convolution' convolution_param { num_output: 4 kernel_size: 3 pad: 2 stride: 2 "
     "dilation: 2 group: 2 weight_filler { type: 'xavier' } }",
     {{-1, 2, 5, 4}, {-1, 2, 5, 4}},
     2},
    {"type: 'Convolution' convolution_param { num_output: 2 kernel_size: 2 bias_term: false "
     "weight_filler { type: 'xavier' } }",
     {{-1, 2, 3, 2, 3}}},
    {"type: 'Convolution' convolution_param { num_output: 2 kernel_size: 1 axis: 2 "
     "weight_filler { type: 'xavier' } }",
     {{-1, 2, 3, -1}}},
    {"type: 'Pooling' pooling_param { kernel_size: 3 stride: 2 pad: 1 }", {{-1, -1, 5, 6}}},
    {"type: 'Pooling' pooling_param { kernel_size: 3 stride: 2 pad: 1 pool: AVE }",
     {{-1, -1, 5, 6}}},
    {"type: 'Pooling' pooling_param { global_pooling: true pool: AVE }", {{-1, -1, -1, -1}}},
    {"type: 'Pooling' pooling_param { kernel_size: 2 stride: 1 }", {{-1, -1, 4, 3}}, 1, 0, TEST},
    {"type: 'SoftmaxWithLoss'", {{4, 3}, {4}}, 1, 3},
    {"type: 'SoftmaxWithLoss' loss_param { ignore_label: 1 }", {{3, 4, 2}, {3, 2}}, 1, 4},
    {"type: 'SoftmaxWithLoss' softmax_param { axis: -1 } loss_param { normalization: NONE }",
     {{2, 3, 4}, {2, 3}},
     1,
     4},
    {"type: 'EuclideanLoss'", {{-1, 3}, {-1, 3}}, 2},
};

std::vector<Input> inputs(const GradientCase& each, uint64_t seed) {
  Rng rng(seed, 3);
  std::vector<Input> all;
  std::vector<int64_t> drawn(8);
  for (int64_t& extent : drawn) extent = 1 + static_cast<int64_t>(rng.below(4));
  for (const auto& shape : each.shapes) {
    std::vector<int64_t> dims = shape;
    for (size_t i = 0; i < dims.size(); ++i) {
      if (dims[i] < 0) dims[i] = drawn[i];
    }
    all.push_back({Shape(dims), {}});
  }
  if (each.classes > 0) {
    all[1].values.resize(static_cast<size_t>(all[1].shape.count()));
    for (float& label : all[1].values) {
      label = static_cast<float>(rng.below(static_cast<uint64_t>(each.classes)));
    }
  }
  return all;
}

// The sum of the tops, each value times its diff.
double objective(LayerRun& run, size_t tops, int64_t pass) {
  run.forward(pass);
  double sum = 0;
  for (size_t t = 0; t < tops; ++t) {
    const Values out = run.out(t), weights = values_of(run.top(t).diff());
    for (size_t i = 0; i < out.size(); ++i) sum += double{out[i]} * weights[i];
  }
  return sum;
}

void check_gradient(LayerRun& run, size_t tops, Tensor tensor, const Values& gradient,
                    const std::string& what) {
  const Values start = values_of(tensor);
  for (size_t i = 0; i < start.size(); ++i) {
    Values moved = start;
    moved[i] = start[i] + kStep;
    set_values(tensor, moved);
    const double above = objective(run, tops, 0), span = moved[i];
    moved[i] = start[i] - kStep;
    set_values(tensor, moved);
    const double numeric = (above - objective(run, tops, 0)) / (span - moved[i]);
    if (!near(gradient[i], numeric, 1e-2, 1e-2)) {
      failed(__FILE__, __LINE__,
             str(what, ", value ", i, ": the gradient is ", gradient[i], ", differences say ",
                 numeric));
    }
  }
  set_values(tensor, start);
}

void check_case(const GradientCase& each, Kernels& kernels, uint64_t seed) {
  const std::vector<Input> bottoms = inputs(each, seed);
  const auto is = [&](const char* type) {
    return std::string(each.text).find(type) != std::string::npos;
  };
  const size_t tops = is("Split") || is("Slice") ? 2 : is("Convolution") ? bottoms.size() : 1;
  LayerRun run(each.text, bottoms, {each.phase, tops, false, &kernels, seed});
  for (size_t t = 0; t < tops; ++t) {
    Values weights = distinct_values(run.top(t).count(), seed + 50 + t);
    if (each.classes > 0) weights = {0.7f};
    run.set_top_diff(t, weights);
  }
  std::vector<bool> wanted(bottoms.size(), false);
  for (size_t i = 0; i < each.differentiable; ++i) wanted[i] = true;
  run.forward(0);
  run.backward(wanted);
  const std::string where = str(each.text, " on ", kernels.name(), ", seed ", seed);
  std::vector<Values> gradients, param_gradients;
  for (size_t i = 0; i < bottoms.size(); ++i) gradients.push_back(run.bottom_diff(i));
  for (size_t i = 0; i < run.layer().blobs().size(); ++i) {
    param_gradients.push_back(run.param_diff(i));
  }
  for (size_t i = 0; i < each.differentiable; ++i) {
    check_gradient(run, tops, run.bottom(i).data(), gradients[i], str(where, ": bottom ", i));
  }
  for (size_t i = 0; i < param_gradients.size(); ++i) {
    check_gradient(run, tops, run.param(i).data(), param_gradients[i], str(where, ": param ", i));
  }
}

TEST(layers_have_the_gradients_that_differences_say) {
  const char* given = std::getenv("CAFFE_TEST_SEED");
  const uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  const uint64_t last = given != nullptr ? first : 3;
  // Thousands of forwards of a few values each: threads would only wait for each other.
  const int threads = num_threads();
  set_num_threads(1);
  for (uint64_t seed = first; seed <= last; ++seed) {
    for (const GradientCase& each : kCases) {
      on_every_backend([&](Kernels& kernels) { check_case(each, kernels, seed); });
    }
  }
  set_num_threads(threads);
}

}  // namespace
}  // namespace caffe::test
