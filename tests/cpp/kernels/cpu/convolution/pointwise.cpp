// kernels/cpu/convolution/pointwise.cpp: every shape with everything fused against the reference.
#include "kernels/cpu/convolution/pointwise.hpp"
#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

struct Case {
  Shape bottom;
  int64_t outputs, stride_h = 1, stride_w = 1;
};

// Around the sizes of tiles and panels; more weights than bottom, and the other way around.
const Case kCases[] = {{{1, 1, 1, 1}, 1},    {{1, 3, 2, 3}, 5},         {{2, 16, 5, 5}, 64},
                       {{1, 17, 7, 7}, 65},  {{3, 20, 11, 13}, 130},    {{1, 300, 2, 2}, 200},
                       {{2, 5, 9, 8}, 7, 2}, {{1, 8, 10, 11}, 9, 1, 3}, {{1, 4, 40, 40}, 66}};

ConvolutionSpec spec_of(const Case& c) {
  ConvolutionSpec spec;
  spec.bottom = c.bottom;
  spec.top = {c.bottom[0], c.outputs, (c.bottom[2] - 1) / c.stride_h + 1,
              (c.bottom[3] - 1) / c.stride_w + 1};
  spec.weights = {c.outputs, c.bottom[1], 1, 1};
  spec.kernel = spec.dilation = {1, 1}, spec.pad = {0, 0};
  spec.stride = {c.stride_h, c.stride_w};
  return spec;
}

void check(const ConvolutionSpec& spec, const std::string& what) {
  if (!pointwise_convolution_suits(spec)) SKIP("this machine has no tiles");
  const Blob x = random_blob(spec.bottom, 1), b = random_blob({spec.top[1]}, 3);
  const Blob addend = random_blob(spec.top, 4), slopes = random_blob({spec.top[1]}, 5);
  Blob w = random_blob(spec.weights, 2);
  FusedOperands fused;
  if (spec.addend) fused.addend = addend.data();
  if (spec.activation.kind == Activation::kPrelu) fused.slopes = slopes.data();
  std::optional<ConstTensor> bias;
  if (spec.bias) bias = b.data();
  std::vector<int64_t> dims = spec.top.dims();
  if (spec.joint_channels != 0) dims[1] = spec.joint_channels;
  const auto reference = reference_kernels().convolution(spec);
  const auto convolution = pointwise_convolution(spec);
  for (int round = 0; round < 2; ++round) {
    w.data().update()[0] = static_cast<float>(round + 2);  // which must be noticed
    Blob expected = random_blob(Shape(dims), 6), got = random_blob(Shape(dims), 6);
    reference->forward(x.data(), w.data(), bias, fused, expected.data());
    convolution->forward(x.data(), w.data(), bias, fused, got.data());
    check_same(got, expected, what);
  }
}

}  // namespace

TEST(pointwise_convolution_is_the_reference_s) {
  const Activation activations[] = {
      {}, {Activation::kRelu, 0.1f}, {Activation::kPrelu, 0}, {Activation::kElu, 0.7f}};
  for (const Case& c : kCases) {
    for (const Activation& activation : activations) {
      for (int bits = 0; bits < 8; ++bits) {
        ConvolutionSpec spec = spec_of(c);
        spec.activation = activation;
        spec.addend = bits & 1, spec.bias = bits & 4;
        if (bits & 2) spec.joint_channels = c.outputs + 9, spec.first_channel = 3;
        for (const int threads : {1, 2}) {
          set_num_threads(threads);
          check(spec, str(c.bottom, " to ", c.outputs, ", activation ", activation.kind, ", bits ",
                          bits, ", threads ", threads));
        }
      }
    }
  }
  set_num_threads(0);
}

TEST(pointwise_convolution_has_gradients) {
  const ConvolutionSpec spec = spec_of(kCases[3]);
  if (!pointwise_convolution_suits(spec)) SKIP("this machine has no tiles");
  const Blob x = random_blob(spec.bottom, 1), w = random_blob(spec.weights, 2);
  const Blob dy = random_blob(spec.top, 3);
  Blob dx[2] = {Blob(spec.bottom), Blob(spec.bottom)};
  Blob dw[2] = {Blob(spec.weights), Blob(spec.weights)};
  const std::unique_ptr<Convolution> both[] = {reference_kernels().convolution(spec),
                                               pointwise_convolution(spec)};
  for (int i = 0; i < 2; ++i) {
    both[i]->backward_data(dy.data(), w.data(), dx[i].data());
    both[i]->backward_weights(x.data(), dy.data(), dw[i].data(), std::nullopt);
  }
  check_same(dx[1], dx[0], "bottom gradient");
  check_same(dw[1], dw[0], "weight gradient");
}

}  // namespace caffe::test
