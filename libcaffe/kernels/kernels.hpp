// The numeric vocabulary layers speak. `Kernels` itself is the reference backend: each function is
// defined in reference/, in plain loops over plain N x C x H x W replicas, and that is its
// specification. Another backend derives from it and overrides what it does better. Functions take
// views of storages and pick the replicas they like best, so that a layer that is written in them
// does not know how its values lie, nor where.
//
// Words: x is a bottom, y a top, w and b weights and bias; dx, dy, dw, db their gradients.
// Gradients of weights and biases are added to what is there; gradients of bottoms overwrite.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/blob.hpp"
#include "core/device.hpp"
#include "core/order.hpp"
#include "kernels/update_functors.hpp"

namespace caffe {

// What is done to each result of an operation before it is stored.
struct Activation {
  enum Kind { kNone, kRelu, kPrelu, kElu };
  Kind kind = kNone;
  float slope = 0;  // kRelu: of what is below 0; kElu: alpha, in alpha (exp(x) - 1) below 0
};

// How a convolution may be computed: by whatever was measured to be fastest for its shapes, without
// transforms that round differently from the plain sum, or by Winograd's wherever it can be.
enum class ConvolutionMethod { kMeasured, kDirect, kWinograd };

// N-dimensional convolution of x (batch x channels x space...) with w (outputs x channels / group
// x kernel...). The tensors may have other axes of the same values; these shapes are what counts.
struct ConvolutionSpec {
  Shape bottom, top, weights;
  std::vector<int64_t> kernel, stride, pad, dilation;  // one an axis of space; may be empty
  int64_t group = 1;
  bool bias = false;
  bool training = false;    // backward will be called
  bool transposed = false;  // backward_data will be called, as the forward of a deconvolution
  ConvolutionMethod method = ConvolutionMethod::kMeasured;

  // What forward does besides, not while training: y = activation(convolution + bias + addend). y
  // may have more channels than `top`, those of several operations side by side (joint_channels,
  // 0: it has not); the results are its channels from first_channel on, the others stay.
  bool addend = false;
  Activation activation = {};
  int64_t joint_channels = 0, first_channel = 0;

  bool fuses() const {
    return addend || activation.kind != Activation::kNone || joint_channels != 0;
  }
};

// The operands of what is fused: a tensor of top's shape, and kPrelu's slopes, one a channel.
struct FusedOperands {
  std::optional<ConstTensor> addend, slopes;
};

// A prepared convolution: made when shapes are known, kept as long as they stay. It may keep what
// it derives from weights, keyed by their storage's version.
class Convolution {
 public:
  virtual ~Convolution() = default;
  virtual void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b,
                       const FusedOperands& fused, Tensor y) = 0;
  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b, Tensor y) {
    forward(x, w, b, {}, y);
  }
  virtual void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) = 0;
  virtual void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                                std::optional<Tensor> db) = 0;
  // Which implementation runs, for `caffe time` ("oneDNN jit:avx512_core").
  virtual std::string implementation() const = 0;
};

// y (rows x outputs) = x (rows x inputs) times w transposed (w is outputs x inputs), plus b; with
// `transposed`, w is inputs x outputs.
struct InnerProductSpec {
  int64_t rows = 0, inputs = 0, outputs = 0;
  bool transposed = false, bias = false, training = false;
  // The weights may be kept as bf16, with 8 bits of mantissa, in half the memory. Not in training.
  bool bf16_weights = false;
};

class InnerProduct {
 public:
  virtual ~InnerProduct() = default;
  virtual void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b, Tensor y) = 0;
  virtual void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) = 0;
  virtual void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                                std::optional<Tensor> db) = 0;
  virtual std::string implementation() const = 0;
};

enum class PoolingMethod { kMax, kAverage };

// Windows over the two spatial axes of N x C x H x W. A window that begins before the image or
// ends behind it is cut: the maximum ignores what lies outside; the average divides by the number
// of places of the window within the image and its padding (so within [-pad, size + pad)).
struct PoolingSpec {
  Shape bottom, top;
  PoolingMethod method = PoolingMethod::kMax;
  int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0;
  bool training = false;
};

class Pooling {
 public:
  virtual ~Pooling() = default;
  // `mask`, when asked for, gets for each value of y the index h * W + w of the maximum within its
  // own channel plane, as a float; the first one of equals. A NaN is a maximum. A window outside of
  // the image has the maximum -FLT_MAX at -1, the average 0, and passes no gradient on.
  virtual void forward(ConstTensor x, Tensor y, std::optional<Tensor> mask) = 0;
  // The forward before it was called with training set; for the maximum it remembers where.
  virtual void backward(ConstTensor dy, Tensor dx) = 0;
  virtual std::string implementation() const = 0;
};

using SoftmaxSpec = ChannelView;  // normalised over channels

// Coefficients of scale * (x - centre) + shift, one value a channel each; what is left out is 0 for
// centre and shift, 1 for scale.
struct ChannelMap {
  std::optional<ConstTensor> centre, scale, shift;
};

// y = x / s^beta with s = k + alpha / size * the sum of squares over the `size` (odd) channels
// around x's own, fewer at the ends.
struct LrnSpec {
  ChannelView view;
  int64_t size = 5;
  float alpha = 1, beta = 0.75f, k = 1;
};

// An elementwise function with an exponential in it: of x the sigmoid, the hyperbolic tangent, a *
// (exp(x) - 1) below 0, x * sigmoid(a * x).
struct Curve {
  enum Kind { kSigmoid, kTanh, kElu, kSwish };
  Kind kind;
  float a = 1;
};

// One gradient step on a parameter; as many histories as the rule keeps.
struct Update {
  UpdateSpec spec;
  Tensor data;
  ConstTensor diff;
  std::vector<Tensor> histories;
};

class Kernels {
 public:
  virtual ~Kernels() = default;
  virtual std::string name() const { return "reference"; }
  // Where it computes; its work may run later than the calls, and what fails then fails here.
  virtual Device& device() const { return host_device(); }
  virtual void wait() {}

  // Prepared operations. They never fail for a valid shape: what a backend lacks, or has not for
  // this shape, is the reference's.
  virtual std::unique_ptr<Convolution> convolution(const ConvolutionSpec& spec);
  virtual std::unique_ptr<InnerProduct> inner_product(const InnerProductSpec& spec);
  virtual std::unique_ptr<Pooling> pooling(const PoolingSpec& spec);

  // C = alpha * op(A) op(B) + beta * C on host memory, row major: op(A) is m x k, op(B) is k x n.
  virtual void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                    float alpha, const float* a, const float* b, float beta, float* c);

  // Elementwise; y may be x's own storage.
  virtual void relu(ConstTensor x, float negative_slope, Tensor y);
  // dx = dy where x > 0, else negative_slope * dy; dx may be dy's own storage.
  virtual void relu_backward(ConstTensor x, ConstTensor dy, float negative_slope, Tensor dx);
  virtual void curve(const Curve& function, ConstTensor x, Tensor y);
  // y = (shift + scale * x)^-exponent
  virtual void negative_power(float shift, float scale, float exponent, ConstTensor x, Tensor y);
  virtual void softmax(ConstTensor x, const SoftmaxSpec& spec, Tensor y);
  virtual void softmax_backward(ConstTensor y, ConstTensor dy, const SoftmaxSpec& spec, Tensor dx);

  // Functions per channel; y may be x's (or z's) own storage.
  // y = scale (x - centre) + shift
  virtual void channel_map(ConstTensor x, const ChannelMap& map, const ChannelView& view, Tensor y);
  // y = the map of x + the map of z; shifts are not looked at.
  virtual void channel_blend(ConstTensor x, const ChannelMap& map, ConstTensor z,
                             const ChannelMap& map_z, const ChannelView& view, Tensor y);
  // For each channel the sums of x and of x z, in double precision and the same for any number of
  // threads; either pointer may be null.
  virtual void channel_sums(ConstTensor x, ConstTensor z, const ChannelView& view, double* sums,
                            double* products);
  // y = x where x > 0, else the channel's slope * x. The gradient of x (which may be dy's own
  // storage), and for each channel that of its slope.
  virtual void prelu(ConstTensor x, ConstTensor slopes, const ChannelView& view, Tensor y);
  virtual void prelu_backward(ConstTensor x, ConstTensor slopes, ConstTensor dy,
                              const ChannelView& view, Tensor dx);
  virtual void prelu_backward_slopes(ConstTensor x, ConstTensor dy, const ChannelView& view,
                                     double* gradients);

  // Local response normalisation across channels; y may be x's own storage, dx dy's.
  virtual void lrn(ConstTensor x, const LrnSpec& spec, Tensor y);
  virtual void lrn_backward(ConstTensor x, ConstTensor dy, const LrnSpec& spec, Tensor dx);

  // Vector arithmetic over all values of tensors of equal count.
  virtual void fill(float value, Tensor y);
  virtual void copy(ConstTensor x, Tensor y);
  virtual void axpby(float a, ConstTensor x, float b, Tensor y);  // y = a x + b y
  virtual void scale(float a, Tensor y);                          // y = a y
  virtual void multiply(ConstTensor a, ConstTensor b, Tensor y);  // y = a b
  // y = the sum of factors[i] * x[i], of one bottom at least; y may be the first one's own storage.
  virtual void weighted_sum(const std::vector<ConstTensor>& x, const std::vector<float>& factors,
                            Tensor y);
  // Reductions in double precision, the same for any number of threads.
  virtual double sum_of_magnitudes(ConstTensor x);
  virtual double sum_of_squares(ConstTensor x);
  virtual double dot(ConstTensor x, ConstTensor y);

  // Gradient steps on several parameters, none of them twice.
  virtual void update(const std::vector<Update>& updates);
};

// The specification, and what others are tested against.
Kernels& reference_kernels();

// The fastest implementation for this machine's CPU.
Kernels& cpu_kernels();

// What the CPU kernels are compiled for that run here: "plain", "avx2" or "avx512".
const char* instruction_set();

// Those there are, the reference last: the host's, and one on the device that CAFFE_DEVICE names.
std::vector<Kernels*> all_backends();

// A net's own on a device; the host's are everybody's. `backend` chooses among these ("cpu",
// "reference"); "" is the fastest, and the only one that a device has.
std::shared_ptr<Kernels> make_kernels(Device& device, const std::string& backend);

// "measured", "direct" or "winograd" (the net option `convolution`); fails on another name.
ConvolutionMethod convolution_method(const std::string& name);

// One of them by its name; fails on another name.
Kernels& kernels_by_name(const std::string& name);

}  // namespace caffe
