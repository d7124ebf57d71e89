// Numeric gradients of every differentiable layer: central differences in double precision of a
// random weighted sum of the tops, against what backward() says, for random shapes. A failure
// prints the seed; CAFFE_TEST_SEED=n runs that one only.
#include "cpp/layers/base/gradients.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "core/rng.hpp"
#include "core/threads.hpp"
#include "layers/base/registry.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

constexpr float kStep = 1e-2f;  // less than half the distance of distinct_values()

std::vector<GradientCase>& all_cases() {
  static std::vector<GradientCase> cases;
  return cases;
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
  const std::vector<Input> bottoms = gradient_inputs(each, seed);
  const size_t tops = each.tops;
  LayerRun run(each.text, bottoms, {each.phase, tops, false, &kernels, seed, each.dialect});
  for (size_t t = 0; t < tops; ++t) {
    Values weights = distinct_values(run.top(t).count(), seed + 50 + t);
    if (weights.size() == 1) weights = {0.7f};
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
    const auto& constant = each.constant_params;
    if (std::find(constant.begin(), constant.end(), i) != constant.end()) continue;
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
    for (const GradientCase& each : all_cases()) {
      on_every_backend([&](Kernels& kernels) { check_case(each, kernels, seed); });
    }
  }
  set_num_threads(threads);
}

const std::set<std::string> kWithoutGradient = {"Accuracy",
                                                "AnnotatedData",
                                                "ArgMax",
                                                "BoxAnnotatorOHEM",
                                                "Data",
                                                "DenseCRF",
                                                "DenseImageData",
                                                "DetectionEvaluate",
                                                "DetectionOutput",
                                                "DummyData",
                                                "HDF5Data",
                                                "HDF5Output",
                                                "ImageData",
                                                "ImageLabelmapData",
                                                "ImageSegData",
                                                "Input",
                                                "MatRead",
                                                "MatWrite",
                                                "MemoryData",
                                                "ParseEvaluate",
                                                "ParseOutput",
                                                "PriorBox",
                                                "SegAccuracy",
                                                "Silence",
                                                "Threshold",
                                                "WindowData",
                                                "YoloDetectionOutput",
                                                "Yolov3DetectionOutput"};

TEST(every_layer_with_a_gradient_has_a_row) {
  std::set<std::string> rows;
  for (const GradientCase& each : all_cases()) {
    LayerParameter param;
    parse_text(each.text, param);
    rows.insert(param.type);
  }
  std::string missing;
  for (const std::string& type : layer_registry().names()) {
    const bool wanted = kWithoutGradient.count(type) == 0;
    if (wanted != (rows.count(type) > 0)) missing += (wanted ? " no row: " : " a row: ") + type;
  }
  CHECK_EQ(missing, "");
}

}  // namespace

const std::vector<GradientCase>& gradient_cases() {
  return all_cases();
}

std::vector<Input> gradient_inputs(const GradientCase& each, uint64_t seed, int64_t given) {
  Rng rng(seed, 3);
  std::vector<Input> all;
  std::vector<int64_t> drawn(8);
  for (int64_t& extent : drawn) extent = given > 0 ? given : 1 + static_cast<int64_t>(rng.below(4));
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
  for (const auto& [bottom, values] : each.given) all[bottom].values = values;
  return all;
}

GradientCases::GradientCases(std::initializer_list<GradientCase> cases) {
  all_cases().insert(all_cases().end(), cases.begin(), cases.end());
}

}  // namespace caffe::test
