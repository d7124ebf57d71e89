// kernels/cpu/convolution/candidates.cpp: which ways to compute a convolution come into question.
#include "kernels/cpu/convolution/candidates.hpp"

#include "cpp/kernels/backends.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe::test {
namespace {

ConvolutionSpec spec_of(const Shape& bottom, int64_t outputs, int64_t kernel, int64_t group = 1) {
  ConvolutionSpec spec;
  const int64_t pad = kernel / 2;
  spec.bottom = bottom, spec.top = {bottom[0], outputs, bottom[2], bottom[3]};
  spec.weights = {outputs, bottom[1] / group, kernel, kernel};
  spec.kernel = {kernel, kernel}, spec.pad = {pad, pad};
  spec.stride = spec.dilation = {1, 1};
  spec.group = group;
  return spec;
}

std::string names(const ConvolutionSpec& spec) {
  std::string all;
  for (const ConvolutionCandidate& each : convolution_candidates(spec)) {
    all += str(all.empty() ? "" : " ", each.name);
  }
  return all;
}

}  // namespace

TEST(small_convolutions_are_not_measured) {
  CHECK_EQ(names(spec_of({1, 16, 4, 4}, 16, 3)), "direct");
}

TEST(tiles_of_nearly_the_fewest_products_contend) {
  CHECK_EQ(names(spec_of({1, 64, 7, 7}, 64, 3)), "direct winograd4");
  CHECK_EQ(names(spec_of({1, 64, 10, 10}, 64, 3)), "direct winograd5 winograd6");
  CHECK_EQ(names(spec_of({1, 64, 24, 24}, 64, 3)), "direct winograd4 winograd5 winograd6");
  CHECK_EQ(names(spec_of({1, 64, 24, 24}, 64, 5)), "direct winograd4");
}

TEST(transforms_do_not_contend_where_channels_are_few) {
  CHECK_EQ(names(spec_of({1, 3, 64, 64}, 64, 3)), "direct");
}

TEST(pointwise_convolution_contends_where_there_is_a_register_tile) {
  const bool tile = simd().multiply_tile != nullptr;
  CHECK_EQ(names(spec_of({1, 64, 56, 56}, 64, 1)), tile ? "direct pointwise" : "direct");
}

TEST(depthwise_convolution_is_its_own_plain_sum) {
  CHECK_EQ(names(spec_of({1, 64, 56, 56}, 64, 3, 64)), "depthwise");
}

TEST(methods_leave_nothing_to_measure) {
  ConvolutionSpec spec = spec_of({1, 64, 24, 24}, 64, 3);
  spec.method = ConvolutionMethod::kDirect;
  CHECK_EQ(names(spec), "direct");
  spec.method = ConvolutionMethod::kWinograd;
  CHECK_EQ(names(spec), "winograd4");
  spec.bottom = {1, 64, 2, 2}, spec.top = {1, 64, 2, 2};
  CHECK_EQ(names(spec), "winograd2");
  spec = spec_of({1, 64, 24, 24}, 64, 7);
  spec.method = ConvolutionMethod::kWinograd;
  CHECK_EQ(names(spec), "direct");
}

TEST(training_goes_by_shapes) {
  ConvolutionSpec spec = spec_of({16, 64, 56, 56}, 64, 3);
  spec.training = true;
  CHECK_EQ(convolution_candidates(spec).size(), size_t{1});
  CHECK(names(spec).find("winograd") == 0);
  spec = spec_of({16, 3, 56, 56}, 64, 3);
  spec.training = true;
  CHECK_EQ(names(spec), "direct");
}

TEST(transposed_convolutions_do_not_contend) {
  ConvolutionSpec spec = spec_of({1, 64, 24, 24}, 64, 3);
  spec.transposed = true;
  CHECK_EQ(names(spec), "direct");
}

}  // namespace caffe::test
