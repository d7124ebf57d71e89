// kernels/*/update.cpp, update_functors.hpp; the rules themselves are tested in cpp/solver.
#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

constexpr UpdateSpec::Rule kRules[] = {UpdateSpec::kSgd,      UpdateSpec::kNesterov,
                                       UpdateSpec::kAdaGrad,  UpdateSpec::kRmsProp,
                                       UpdateSpec::kAdaDelta, UpdateSpec::kAdam};

// Small parameters and some that are several blocks, none of whole ones.
const Shape kShapes[] = {{5}, {70001}, {1}, {0}, {64, 3, 3, 3}, {40000}, {17}};

// The parameters and their histories after two steps.
std::vector<Blob> updated(Kernels& kernels, UpdateSpec spec) {
  std::vector<Blob> all;
  uint32_t seed = 0;
  for (const Shape& shape : kShapes) {
    for (int i = 0; i < 4; ++i) all.push_back(random_blob(shape, ++seed));
    for (Blob* history : {&all[all.size() - 2], &all.back()}) {
      float* values = history->data().update();
      for (int64_t i = 0; i < history->count(); ++i) values[i] *= values[i];  // of squares, maybe
    }
  }
  for (int step = 0; step < 2; ++step) {
    std::vector<Update> updates;
    for (size_t i = 0; i < all.size(); i += 4) {
      spec.rate += 0.01f;
      updates.push_back({spec, all[i].data(), all[i + 1].data(), {all[i + 2].data()}});
      if (spec.histories() > 1) updates.back().histories.push_back(all[i + 3].data());
    }
    kernels.update(updates);
  }
  return all;
}

}  // namespace

TEST(updates_are_the_reference_s) {
  for (const UpdateSpec::Rule rule : kRules) {
    for (const bool l1 : {false, true}) {
      const UpdateSpec spec{rule, 0.5f, 0.01f, l1, 0.1f, 0.9f, 0.95f, 0.01f};
      const std::vector<Blob> expected = updated(reference_kernels(), spec);
      for (const int threads : {1, 2, 3}) {
        set_num_threads(threads);
        const std::vector<Blob> got = updated(cpu_kernels(), spec);
        set_num_threads(0);
        for (size_t i = 0; i < got.size(); ++i) {
          check_same(got[i], expected[i], str("rule ", rule, ", blob ", i, ", ", threads), 1e-6);
        }
      }
    }
  }
}

TEST(update_of_known_values) {
  for (Kernels* kernels : all_backends()) {
    Blob data = blob_of({2}, {1, -2}), diff = blob_of({2}, {4, 8}), history = blob_of({2}, {10, 0});
    UpdateSpec spec;
    spec.gradient_scale = 0.5f, spec.decay = 1, spec.rate = 0.1f, spec.momentum = 0.5f;
    kernels->update({{spec, data.data(), diff.data(), {history.data()}}});
    // g = 2 + 1, 4 - 2; history = 5 + 0.3, 0 + 0.2.
    CHECK_NEAR(history.data().read()[0], 5.3, 1e-6, 0);
    CHECK_NEAR(history.data().read()[1], 0.2, 1e-6, 0);
    CHECK_NEAR(data.data().read()[0], -4.3, 1e-6, 0);
    CHECK_NEAR(data.data().read()[1], -2.2, 1e-6, 0);
  }
}

}  // namespace caffe::test
