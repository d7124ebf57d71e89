// kernels/*/convolution.cpp: every backend against the reference, the reference against hand-made
// cases.
#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

struct Case {
  const char* name;
  Shape bottom;  // N x C x space
  int64_t outputs;
  std::vector<int64_t> kernel, stride, pad, dilation;
  int64_t group = 1;
  bool bias = true;
};

// One line a shape.
const Case kCases[] = {
    {"1x1", {2, 8, 5, 6}, 16, {1, 1}, {1, 1}, {0, 0}, {1, 1}},
    {"3x3", {2, 16, 9, 9}, 32, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"3x3 without bias", {2, 16, 9, 9}, 32, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 1, false},
    {"lenet conv1", {4, 1, 28, 28}, 20, {5, 5}, {1, 1}, {0, 0}, {1, 1}},
    {"lenet conv2", {4, 20, 12, 12}, 50, {5, 5}, {1, 1}, {0, 0}, {1, 1}},
    {"7x7 of three channels", {1, 3, 32, 30}, 24, {7, 7}, {2, 2}, {3, 3}, {1, 1}},
    {"stride leaves a rest", {2, 4, 8, 8}, 6, {3, 3}, {2, 2}, {0, 0}, {1, 1}},
    {"stride over the kernel", {2, 4, 11, 11}, 6, {2, 2}, {3, 3}, {0, 0}, {1, 1}},
    {"uneven", {2, 5, 7, 10}, 7, {3, 2}, {2, 1}, {1, 0}, {1, 1}},
    {"dilated", {1, 6, 12, 13}, 9, {3, 3}, {1, 1}, {2, 2}, {2, 2}},
    {"dilated, strided", {1, 6, 14, 13}, 9, {3, 2}, {2, 1}, {1, 3}, {2, 3}},
    {"wide padding", {1, 3, 4, 4}, 4, {3, 3}, {1, 1}, {4, 4}, {1, 1}},
    {"two groups", {2, 8, 6, 6}, 12, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 2},
    {"odd groups", {2, 9, 6, 6}, 15, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 3},
    {"depthwise", {2, 16, 7, 7}, 16, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 16},
    {"depthwise, odd", {2, 5, 7, 7}, 5, {3, 3}, {2, 2}, {1, 1}, {1, 1}, 5},
    {"depthwise, wide", {2, 70, 9, 13}, 70, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 70},
    {"depthwise, apart", {1, 33, 12, 11}, 33, {3, 5}, {2, 1}, {2, 4}, {2, 3}, 33},
    {"depthwise, outside", {1, 18, 2, 3}, 18, {3, 3}, {2, 2}, {5, 6}, {1, 1}, 18},
    {"depthwise, doubling", {2, 6, 7, 7}, 12, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 6},
    {"one output", {3, 7, 6, 6}, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"one channel, one output", {3, 1, 6, 6}, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"whole image", {2, 5, 4, 4}, 6, {4, 4}, {1, 1}, {0, 0}, {1, 1}},
    {"many channels", {1, 130, 3, 3}, 70, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"parts of channels", {1, 140, 6, 6}, 130, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"parts of both", {3, 260, 3, 4}, 200, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
    {"1-D", {2, 6, 20}, 8, {5}, {2}, {2}, {1}},
    {"1-D of one channel", {3, 1, 20}, 8, {5}, {1}, {2}, {2}},
    {"3-D", {2, 3, 5, 6, 7}, 4, {3, 2, 3}, {1, 2, 1}, {1, 0, 1}, {1, 1, 1}},
    {"4-D", {1, 2, 3, 4, 3, 4}, 3, {2, 2, 2, 2}, {1, 1, 1, 1}, {0, 1, 0, 0}, {1, 1, 1, 1}},
    // Batches large enough for our own tiles.
    {"batch of lenet conv1", {26, 1, 9, 9}, 20, {5, 5}, {1, 1}, {0, 0}, {1, 1}},
    {"batch of lenet conv2", {25, 20, 6, 7}, 50, {5, 5}, {1, 1}, {0, 0}, {1, 1}},
    {"batch, padded", {24, 3, 5, 6}, 7, {3, 3}, {1, 1}, {1, 2}, {1, 1}},
    {"batch, strided", {29, 5, 8, 9}, 75, {3, 2}, {2, 3}, {1, 0}, {1, 1}, 1, false},
    {"batch, one output", {24, 2, 4, 4}, 1, {1, 1}, {1, 1}, {0, 0}, {1, 1}},
    {"batch, 1-D", {24, 4, 11}, 9, {3}, {2}, {1}, {1}},
    // Beyond what oneDNN can hold, which has 32 bits for a step.
    {"stride of 2^32", {2, 3, 4, 5}, 2, {2, 2}, {1LL << 32, 1}, {0, 0}, {1, 1}},
    {"stride of 2^32 - 1", {2, 3, 4, 5}, 2, {2, 2}, {1, (1LL << 32) - 1}, {0, 0}, {1, 1}},
    {"dilation of 2^32", {2, 3, 4, 5}, 2, {1, 1}, {1, 1}, {0, 0}, {1LL << 32, 1LL << 32}},
    {"padding of 2^31", {1, 2, 3, 3}, 2, {1, 1}, {1LL << 31, 1}, {1LL << 31, 0}, {1, 1}},
    {"padding and steps beyond together",
     {1, 2, 3, 3},
     2,
     {3, 1},
     {1 << 30, 1},
     {1 << 30, 0},
     {1 << 30, 1}},
    {"1-D, stride of 2^40", {1, 1, 9}, 3, {3}, {1LL << 40}, {1}, {1}},
    {"depthwise, stride of 2^32",
     {1, 16, 4, 4},
     16,
     {3, 3},
     {1LL << 32, 1LL << 32},
     {1, 1},
     {1, 1},
     16},
    {"batch, stride of 2^32", {32, 3, 4, 4}, 5, {3, 3}, {1LL << 32, 1}, {1, 1}, {1, 1}},
    {"no space", {4, 6}, 5, {}, {}, {}, {}},
    {"no space, groups", {4, 6}, 4, {}, {}, {}, {}, 2},
    {"no images", {0, 3, 5, 5}, 4, {3, 3}, {1, 1}, {0, 0}, {1, 1}},
};

ConvolutionSpec spec_of(const Case& c, bool training = true) {
  ConvolutionSpec spec;
  std::vector<int64_t> top = {c.bottom[0], c.outputs}, weights = {c.outputs, c.bottom[1] / c.group};
  for (size_t i = 0; i < c.kernel.size(); ++i) {
    const int64_t extent = c.dilation[i] * (c.kernel[i] - 1) + 1;
    top.push_back((c.bottom[static_cast<int>(i) + 2] + 2 * c.pad[i] - extent) / c.stride[i] + 1);
    weights.push_back(c.kernel[i]);
  }
  spec.bottom = c.bottom, spec.top = Shape(top), spec.weights = Shape(weights);
  spec.kernel = c.kernel, spec.stride = c.stride, spec.pad = c.pad, spec.dilation = c.dilation;
  spec.group = c.group, spec.bias = c.bias, spec.training = training;
  return spec;
}

struct Operands {
  Blob x, w, b, dy, y, dx, dw, db;

  explicit Operands(const ConvolutionSpec& spec)
      : x(random_blob(spec.bottom, 1)),
        w(random_blob(spec.weights, 2)),
        b(random_blob({spec.top[1]}, 3)),
        dy(random_blob(spec.top, 4)),
        y(spec.top),
        dx(spec.bottom),
        // Something to be added to.
        dw(random_blob(spec.weights, 5)),
        db(random_blob({spec.top[1]}, 6)) {}

  void run(Convolution& convolution, bool bias) {
    std::optional<ConstTensor> b_data;
    std::optional<Tensor> b_gradient;
    if (bias) b_data = b.data(), b_gradient = db.data();
    convolution.forward(x.data(), w.data(), b_data, y.data());
    convolution.backward_data(dy.data(), w.data(), dx.data());
    convolution.backward_weights(x.data(), dy.data(), dw.data(), b_gradient);
  }

  void check(const Operands& expected, const std::string& what, double tolerance = 2e-5) const {
    check_same(y, expected.y, what + " forward", tolerance);
    check_same(dx, expected.dx, what + " bottom gradient", tolerance);
    check_same(dw, expected.dw, what + " weight gradient", tolerance);
    check_same(db, expected.db, what + " bias gradient", tolerance);
  }
};

// Whether Winograd's filtering is for such a convolution.
bool winograd_may(const Case& c) {
  const std::vector<int64_t> ones = {1, 1};
  const bool small =
      c.kernel == std::vector<int64_t>{3, 3} || c.kernel == std::vector<int64_t>{5, 5};
  return small && c.stride == ones && c.dilation == ones && c.bottom[0] > 0;
}

// Compares a forward with all that the spec asks for; what is beside its channels must stay.
void check_fused(const ConvolutionSpec& spec, const std::string& what) {
  const Operands operands(spec);
  const Blob addend = random_blob(spec.top, 7), slopes = random_blob({spec.top[1]}, 8);
  FusedOperands fused;
  if (spec.addend) fused.addend = addend.data();
  if (spec.activation.kind == Activation::kPrelu) fused.slopes = slopes.data();
  std::optional<ConstTensor> bias;
  if (spec.bias) bias = operands.b.data();
  std::vector<int64_t> dims = spec.top.dims();
  if (spec.joint_channels != 0) dims[1] = spec.joint_channels;
  const auto run = [&](Convolution& convolution, ConstTensor x, Blob& y) {
    convolution.forward(x, operands.w.data(), bias, fused, y.data());
  };
  Blob expected = random_blob(Shape(dims), 9);
  run(*reference_kernels().convolution(spec), operands.x.data(), expected);
  for_each_run([&](const Run& how) {
    if (how.kernels == &reference_kernels()) return;
    Blob x = random_blob(spec.bottom, 1), y = random_blob(Shape(dims), 9);
    how.settle(x);
    how.settle(y);
    const auto convolution = how.kernels->convolution(spec);
    run(*convolution, x.data(), y);
    run(*convolution, x.data(), y);  // what is prepared by a first one serves a second
    check_same(y, expected, str(what, ", ", how.name));
  });
}

}  // namespace

TEST(convolution_is_the_reference_s) {
  for (const Case& c : kCases) {
    const ConvolutionSpec spec = spec_of(c);
    Operands expected(spec);
    expected.run(*reference_kernels().convolution(spec), c.bias);
    for_each_run([&](const Run& run) {
      Operands got(spec);
      run.settle(got.x);
      run.settle(got.dy);
      got.run(*run.kernels->convolution(spec), c.bias);
      got.check(expected, str(c.name, ", ", run.name));
    });
  }
}

TEST(convolution_without_training_is_the_reference_s) {
  for (const Case& c : kCases) {
    const ConvolutionSpec spec = spec_of(c, false);
    Operands expected(spec), got(spec);
    std::optional<ConstTensor> bias;
    if (c.bias) bias = expected.b.data();
    reference_kernels().convolution(spec)->forward(expected.x.data(), expected.w.data(), bias,
                                                   expected.y.data());
    cpu_kernels().convolution(spec)->forward(got.x.data(), got.w.data(), bias, got.y.data());
    check_same(got.y, expected.y, c.name);
  }
}

// Every addition to the sums by itself and with the others.
TEST(fused_convolution_is_the_reference_s) {
  const Activation activations[] = {{},
                                    {Activation::kRelu, 0},
                                    {Activation::kRelu, 0.1f},
                                    {Activation::kPrelu, 0},
                                    {Activation::kElu, 0.7f}};
  for (const Case& c : kCases) {
    for (const Activation& activation : activations) {
      for (int bits = 0; bits < 4; ++bits) {
        ConvolutionSpec spec = spec_of(c, false);
        spec.activation = activation;
        spec.addend = bits & 1;
        if (bits & 2) spec.joint_channels = c.outputs + 5, spec.first_channel = 2;
        check_fused(spec, str(c.name, ", activation ", activation.kind, ", bits ", bits));
      }
    }
  }
}

// Forward and gradients by every method, which must be what it says.
TEST(convolution_methods_are_the_reference_s) {
  for (const Case& c : kCases) {
    for (const bool training : {false, true}) {
      ConvolutionSpec spec = spec_of(c, training);
      Operands expected(spec);
      expected.run(*reference_kernels().convolution(spec), c.bias);
      for (const ConvolutionMethod method :
           {ConvolutionMethod::kMeasured, ConvolutionMethod::kDirect,
            ConvolutionMethod::kWinograd}) {
        spec.method = method;
        Operands got(spec);
        const auto convolution = cpu_kernels().convolution(spec);
        got.run(*convolution, c.bias);
        got.check(expected, str(c.name, ", method ", static_cast<int>(method)), 5e-5);
        const bool winograd = convolution->implementation().find("Winograd") != std::string::npos;
        if (method == ConvolutionMethod::kDirect) CHECK(!winograd);
        if (method == ConvolutionMethod::kWinograd) CHECK_EQ(winograd, winograd_may(c));
      }
    }
  }
}

// As a deconvolution calls it in phase TEST.
TEST(convolution_transposed_without_training_is_the_reference_s) {
  for (const Case& c : kCases) {
    ConvolutionSpec spec = spec_of(c, false);
    spec.transposed = true;
    Operands expected(spec), got(spec);
    reference_kernels().convolution(spec)->backward_data(expected.dy.data(), expected.w.data(),
                                                         expected.dx.data());
    cpu_kernels().convolution(spec)->backward_data(got.dy.data(), got.w.data(), got.dx.data());
    check_same(got.dx, expected.dx, c.name);
  }
}

// A cleared gradient is overwritten, which must come to the same as adding to zeros.
TEST(convolution_adds_to_cleared_gradients) {
  for (const Case& c : kCases) {
    const ConvolutionSpec spec = spec_of(c);
    Operands expected(spec), got(spec);
    for (Blob* blob : {&expected.dw, &expected.db}) {
      float* values = blob->data().write();
      std::fill(values, values + blob->count(), 0.0f);
    }
    got.dw.data().clear();
    got.db.data().clear();
    expected.run(*reference_kernels().convolution(spec), c.bias);
    got.run(*cpu_kernels().convolution(spec), c.bias);
    got.check(expected, c.name);
  }
}

// Weights are packed once and kept; a write to them, another storage and another number of threads
// must each be noticed.
TEST(convolution_follows_its_weights_and_threads) {
  const ConvolutionSpec spec = spec_of(kCases[1]);
  const auto reference = reference_kernels().convolution(spec);
  const auto convolution = cpu_kernels().convolution(spec);
  for (int round = 0; round < 4; ++round) {
    Operands expected(spec), got(spec);
    for (int write = 0; write < 2; ++write) {
      set_num_threads(1 + (round + write) % 2);
      for (Operands* operands : {&expected, &got}) {
        operands->w.data().update()[7] = static_cast<float>(3 + round * 2 + write);
      }
      expected.run(*reference, true);
      got.run(*convolution, true);
      got.check(expected, str("round ", round, ", write ", write));
    }
  }
  set_num_threads(0);
}

// Other axes of the same values: an inner product's bottom seen as images.
TEST(convolution_takes_tensors_of_other_axes) {
  const ConvolutionSpec spec = spec_of(kCases[1]);
  Operands expected(spec), got(spec);
  Blob x(Shape{2, 16 * 9 * 9}), y(Shape{2 * 32, 81});
  cpu_kernels().copy(got.x.data(), x.data());
  const auto convolution = cpu_kernels().convolution(spec);
  convolution->forward(expected.x.data(), expected.w.data(), expected.b.data(), expected.y.data());
  convolution->forward(x.data(), got.w.data(), got.b.data(), y.data());
  const float* a = y.data().read();
  const float* b = expected.y.data().read();
  for (int64_t i = 0; i < y.count(); ++i) CHECK_EQ(a[i], b[i]);
}

TEST(reference_convolution_of_known_values) {
  // 3x3 of ones over 1..9 with padding 1: sums of neighbourhoods.
  const Case c = {"sums", {1, 1, 3, 3}, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}};
  const ConvolutionSpec spec = spec_of(c);
  Blob x = blob_of({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  Blob w = blob_of({1, 1, 3, 3}, std::vector<float>(9, 1)), b = blob_of({1}, {0.5f}), y(spec.top);
  const auto convolution = reference_kernels().convolution(spec);
  convolution->forward(x.data(), w.data(), b.data(), y.data());
  const float sums[] = {12.5f, 21.5f, 16.5f, 27.5f, 45.5f, 33.5f, 24.5f, 39.5f, 28.5f};
  for (int i = 0; i < 9; ++i) CHECK_EQ(y.data().read()[i], sums[i]);
  // A gradient in one corner reaches the four values under the kernel there.
  Blob dy = blob_of(spec.top, {1, 0, 0, 0, 0, 0, 0, 0, 0}), dx(spec.bottom), dw(spec.weights);
  convolution->backward_data(dy.data(), w.data(), dx.data());
  const float reached[] = {1, 1, 0, 1, 1, 0, 0, 0, 0};
  for (int i = 0; i < 9; ++i) CHECK_EQ(dx.data().read()[i], reached[i]);
  convolution->backward_weights(x.data(), dy.data(), dw.data(), std::nullopt);
  const float seen[] = {0, 0, 0, 0, 1, 2, 0, 4, 5};
  for (int i = 0; i < 9; ++i) CHECK_EQ(dw.data().read()[i], seen[i]);
}

TEST(reference_convolution_of_groups) {
  // Two 1x1 groups: each output sees its own channel only.
  const Case c = {"groups", {1, 2, 1, 2}, 2, {1, 1}, {1, 1}, {0, 0}, {1, 1}, 2, false};
  const ConvolutionSpec spec = spec_of(c);
  Blob x = blob_of(spec.bottom, {1, 2, 3, 4}), w = blob_of(spec.weights, {10, 100}), y(spec.top);
  reference_kernels().convolution(spec)->forward(x.data(), w.data(), std::nullopt, y.data());
  const float expected[] = {10, 20, 300, 400};
  for (int i = 0; i < 4; ++i) CHECK_EQ(y.data().read()[i], expected[i]);
}

}  // namespace caffe::test
