// kernels/cpu/convolution/unfolded.cpp against the reference, and the same on any number of
// threads.
#include "kernels/cpu/convolution/unfolded.hpp"

#include <cstring>

#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

struct Case {
  Shape bottom;
  int64_t outputs;
  std::vector<int64_t> kernel, stride, pad, dilation;
  int64_t group = 1;
};

const Case kCases[] = {
    {{2, 8, 5, 6}, 16, {1, 1}, {1, 1}, {0, 0}, {1, 1}},
    {{2, 16, 9, 9}, 32, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {{4, 1, 28, 28}, 20, {5, 5}, {1, 1}, {0, 0}, {1, 1}},
    {{1, 6, 14, 13}, 9, {3, 2}, {2, 1}, {1, 3}, {2, 3}},
    {{2, 9, 6, 6}, 15, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 3},
    {{2, 5, 7, 7}, 5, {3, 3}, {2, 2}, {1, 1}, {1, 1}, 5},
    {{2, 6, 20}, 8, {5}, {2}, {2}, {1}},
    {{2, 3, 5, 6, 7}, 4, {3, 2, 3}, {1, 2, 1}, {1, 0, 1}, {1, 1, 1}},
    {{4, 6}, 5, {}, {}, {}, {}},
    // So many places that columns are made in parts, some of which end within an image.
    {{3, 64, 50, 41}, 10, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
};

ConvolutionSpec spec_of(const Case& c) {
  ConvolutionSpec spec;
  std::vector<int64_t> top = {c.bottom[0], c.outputs}, weights = {c.outputs, c.bottom[1] / c.group};
  for (size_t i = 0; i < c.kernel.size(); ++i) {
    const int64_t extent = c.dilation[i] * (c.kernel[i] - 1) + 1;
    top.push_back((c.bottom[static_cast<int>(i) + 2] + 2 * c.pad[i] - extent) / c.stride[i] + 1);
    weights.push_back(c.kernel[i]);
  }
  spec.bottom = c.bottom, spec.top = Shape(top), spec.weights = Shape(weights);
  spec.kernel = c.kernel, spec.stride = c.stride, spec.pad = c.pad, spec.dilation = c.dilation;
  spec.group = c.group, spec.bias = spec.training = true;
  return spec;
}

// y, dx, dw, db; the last two added to something.
std::vector<Blob> results_of(Convolution& convolution, const ConvolutionSpec& spec) {
  const Blob x = random_blob(spec.bottom, 1), w = random_blob(spec.weights, 2);
  const Blob b = random_blob({spec.top[1]}, 3), dy = random_blob(spec.top, 4);
  std::vector<Blob> results;
  results.emplace_back(spec.top);
  results.emplace_back(spec.bottom);
  results.push_back(random_blob(spec.weights, 5));
  results.push_back(random_blob({spec.top[1]}, 6));
  convolution.forward(x.data(), w.data(), b.data(), results[0].data());
  convolution.backward_data(dy.data(), w.data(), results[1].data());
  convolution.backward_weights(x.data(), dy.data(), results[2].data(), results[3].data());
  return results;
}

}  // namespace

TEST(unfolded_convolution_is_the_reference_s) {
  for (const Case& c : kCases) {
    const ConvolutionSpec spec = spec_of(c);
    CHECK(unfolded_convolution_suits(spec));
    const auto expected = results_of(*reference_kernels().convolution(spec), spec);
    std::vector<Blob> first;
    for (const int threads : {1, 2, 5}) {
      set_num_threads(threads);
      std::vector<Blob> got = results_of(*unfolded_convolution(spec), spec);
      for (size_t i = 0; i < got.size(); ++i) {
        check_same(got[i], expected[i], str(c.bottom, " to ", c.outputs, ", result ", i));
        if (threads == 1) continue;
        const auto bytes = static_cast<size_t>(got[i].count()) * sizeof(float);
        CHECK(std::memcmp(got[i].data().read(), first[i].data().read(), bytes) == 0);
      }
      if (threads == 1) first = std::move(got);
    }
    set_num_threads(0);
  }
}

}  // namespace caffe::test
