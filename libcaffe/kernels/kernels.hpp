// The numeric vocabulary layers speak. Functions take views of storages and pick the replicas they
// like best, so that a layer that is written in them does not know how its values lie, nor where.
// Results are tensors, too: nothing waits for a device.
//
// `Kernels` speaks a table of functions of raw pointers (table.h): the reference's, in plain loops
// (reference/), which are the specification, or those of a device, whose work goes into the queue
// of the net they are made for. A backend of the host derives from it and overrides what it does
// better.
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
#include "core/queue.hpp"
#include "core/rng.hpp"
#include "kernels/table.h"
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

// A function of one value by name, with its constants (functor::named makes one).
using Function = caffe_function;

// What is done with the values of a row, in double precision: their sum, that of their magnitudes,
// of their squares, of their products with another tensor's.
enum class Reduction { kSum, kSumOfMagnitudes, kSumOfSquares, kDot };

// Which of equal values counts.
enum class Ties { kFirst, kLast };

// Windows of a top of planes, one for each value of a bottom, as a pooling's in reverse: they are
// cut at the top's edges. A value is divided by the places of its window with `averages`; a place
// is divided by the number of windows over it with `shares`.
using UnpoolingSpec = caffe_unpooling_spec;

// Boxes that are pooled (table.h); what their bins are, reference/rois.cpp says.
using RoiSpec = caffe_roi_spec;

// A walk through two tensors at once, axis by axis: `extents` steps of `from` values in the first
// one and of `to` in the second, from `from_offset` and `to_offset` on.
struct Strides {
  std::vector<int64_t> extents, from, to;
  int64_t from_offset = 0, to_offset = 0;

  void add(int64_t extent, int64_t from_step, int64_t to_step) {
    extents.push_back(extent);
    from.push_back(from_step);
    to.push_back(to_step);
  }
};

// What a strided function does to the second tensor: gives all of it a value, gives some of it one
// (the others stay), or adds to it.
enum class Into { kWhole, kPart, kAdd };

// What a normaliser's backward is given and gives, one value a channel each.
struct NormaliserGradients {
  ConstTensor sums, products, inverse;
  std::optional<ConstTensor> scale;
  Tensor mean_gradient, factor, slope;
  std::optional<Tensor> dscale;
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
  // The reference, and a device's with a queue of their own.
  Kernels();
  explicit Kernels(Device& device);
  virtual ~Kernels();
  Kernels(const Kernels&) = delete;
  Kernels& operator=(const Kernels&) = delete;

  // "reference", "cpu", the kind of a device.
  virtual std::string name() const;
  // Where they compute; the work may run later than the calls, and what fails then fails in wait().
  Device& device() const { return device_; }
  void wait() const;
  // Null on the host.
  const std::shared_ptr<Queue>& queue() const { return queue_; }
  const caffe_kernel_table& table() const { return *table_; }

  // Prepared operations. They never fail for a valid shape: what a backend lacks, or has not for
  // this shape, is the reference's.
  virtual std::unique_ptr<Convolution> convolution(const ConvolutionSpec& spec);
  virtual std::unique_ptr<InnerProduct> inner_product(const InnerProductSpec& spec);
  virtual std::unique_ptr<Pooling> pooling(const PoolingSpec& spec);

  // What begins at an offset in a tensor.
  struct Matrix {
    ConstTensor values;
    int64_t offset = 0;
  };
  // The same, which is written; what lies around it stays.
  struct Part {
    Tensor values;
    int64_t offset = 0;

    operator Matrix() const { return {values, offset}; }
  };

  // C = alpha * op(A) op(B) + beta * C, row major: op(A) is m x k, op(B) is k x n.
  virtual void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                    float alpha, const Matrix& a, const Matrix& b, float beta, Tensor c,
                    int64_t c_offset = 0);

  // Elementwise; y may be x's own storage.
  virtual void relu(ConstTensor x, float negative_slope, Tensor y);
  // dx = dy where x > 0, else negative_slope * dy; dx may be dy's own storage.
  virtual void relu_backward(ConstTensor x, ConstTensor dy, float negative_slope, Tensor dx);
  virtual void map(const Function& function, ConstTensor x, Tensor y);
  // dx = dy times the function's derivative at x, where it is y; dx may be dy's own storage.
  virtual void map_backward(const Function& function, ConstTensor x, ConstTensor y, ConstTensor dy,
                            Tensor dx);
  // The same for `count` values in the middle of tensors.
  void map_part(const Function& function, const Matrix& x, const Part& y, int64_t count);
  void map_part_backward(const Function& function, const Matrix& x, const Matrix& y,
                         const Matrix& dy, const Part& dx, int64_t count);
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
  // For each channel the sums of x and of x (z - centre), in double precision and the same for any
  // number of threads; added to what is there, or overwriting it.
  virtual void channel_sums(ConstTensor x, std::optional<ConstTensor> z,
                            std::optional<ConstTensor> centre, const ChannelView& view, bool add,
                            std::optional<Tensor> sums, std::optional<Tensor> products);
  // For each channel the mean of x and the variance, that of no values being 0.
  virtual void channel_statistics(ConstTensor x, const ChannelView& view, Tensor mean,
                                  Tensor variance);
  // y = x where x > 0, else the channel's slope * x. The gradient of x (which may be dy's own
  // storage), and for each channel that of its slope, which is added to what is there.
  virtual void prelu(ConstTensor x, ConstTensor slopes, const ChannelView& view, Tensor y);
  virtual void prelu_backward(ConstTensor x, ConstTensor slopes, ConstTensor dy,
                              const ChannelView& view, Tensor dx);
  virtual void prelu_backward_slopes(ConstTensor x, ConstTensor dy, const ChannelView& view,
                                     Tensor dslopes);
  // inverse = 1 / sqrt(variance + eps), or 1 / (sqrt(variance) + eps) with `plus`; factor = scale *
  // inverse. One value a channel each.
  virtual void deviation(ConstTensor variance, std::optional<ConstTensor> scale, float eps,
                         bool plus, Tensor inverse, Tensor factor);
  // The gradient of y = scale (x - mean) inverse with `count` values a channel, from the sums of dy
  // and of dy (x - mean):
  //   dx = factor (dy - mean_gradient) + slope (x - mean),  dscale += products * inverse
  virtual void normaliser_backward(const NormaliserGradients& gradients, float count);

  // y = scale x inverse with inverse = 1 / sqrt(the sum of the squares of the place's channels +
  // eps), one for each of outer x inner places (Liu, Rabinovich, Berg: "ParseNet", 2015). scale is
  // one value a channel, or one. y may be x's own storage.
  virtual void normalise_places(ConstTensor x, ConstTensor scale, float eps,
                                const ChannelView& view, Tensor inverse, Tensor y);
  // dx = scale inverse (dy - x inverse^2 * the place's sum of dy x), which is exact when all
  // channels have one scale; dscale += the sum of dy x inverse.
  virtual void normalise_places_backward(ConstTensor x, ConstTensor dy, ConstTensor scale,
                                         ConstTensor inverse, const ChannelView& view, Tensor dx);
  virtual void normalise_places_backward_scale(ConstTensor x, ConstTensor dy, ConstTensor inverse,
                                               const ChannelView& view, Tensor dscale);

  // Local response normalisation across channels; y may be x's own storage, dx dy's.
  virtual void lrn(ConstTensor x, const LrnSpec& spec, Tensor y);
  virtual void lrn_backward(ConstTensor x, ConstTensor dy, const LrnSpec& spec, Tensor dx);

  // Within channels, with the means of the squares around each place and powers = (1 + alpha mean)
  // ^-beta:
  //   ratios = dy x powers / (1 + alpha means),  dx = dy powers - factor x around
  virtual void lrn_within_ratios(ConstTensor x, ConstTensor dy, ConstTensor means,
                                 ConstTensor powers, float alpha, Tensor ratios);
  virtual void lrn_within_backward(ConstTensor x, ConstTensor dy, ConstTensor powers,
                                   ConstTensor around, float factor, Tensor dx);

  // For each box and channel the maximum of each bin, the first of equals, 0 of an empty one
  // (Girshick, "Fast R-CNN", 2015). `index` gets its place h * width + w, or -1 where no gradient
  // goes: in empty bins, and outside of the rounded box. The rows of `rois` are of images that
  // there are.
  virtual void roi_pooling(ConstTensor x, ConstTensor rois, const RoiSpec& spec, Tensor y,
                           std::optional<Tensor> index);
  // dx = for each place the sum of the dy whose maximum it was.
  virtual void roi_pooling_backward(ConstTensor dy, ConstTensor rois, ConstTensor index,
                                    const RoiSpec& spec, Tensor dx);
  // The average of each bin in a channel of its own: x has classes * bins_h * bins_w channels (Dai
  // and others, "R-FCN", 2016); and its gradient.
  virtual void psroi_pooling(ConstTensor x, ConstTensor rois, const RoiSpec& spec, Tensor y);
  virtual void psroi_pooling_backward(ConstTensor dy, ConstTensor rois, const RoiSpec& spec,
                                      Tensor dx);
  // y = at each place the sum of the values whose windows are over it; dx = the sum of a window's
  // dy, both divided as the spec says.
  virtual void unpooling(ConstTensor x, const UnpoolingSpec& spec, Tensor y);
  virtual void unpooling_backward(ConstTensor dy, const UnpoolingSpec& spec, Tensor dx);
  // y = x without the first `cut` and the last `cut_end` rows and columns, resized bilinearly with
  // the corners where they are; N x C x H x W. dx is 0 where it was cut.
  virtual void interp(ConstTensor x, int64_t cut, int64_t cut_end, Tensor y);
  virtual void interp_backward(ConstTensor dy, int64_t cut, int64_t cut_end, Tensor dx);
  // y = the values of x under each place of a convolution's kernel, as channels, 0 in the padding;
  // dx = the sums of the dy of each. Of the spec bottom and top, kernel, stride, pad and dilation
  // count.
  virtual void im2col(ConstTensor x, const ConvolutionSpec& spec, Tensor y);
  virtual void col2im(ConstTensor dy, const ConvolutionSpec& spec, Tensor dx);

  // Row i of y = row index[i] of x, the index cut to a whole number, one of x's rows; row index[i]
  // of y += row i of x, in the order of the i. Rows are `width` values.
  virtual void gather_rows(ConstTensor x, ConstTensor index, int64_t width, Tensor y);
  virtual void add_rows(ConstTensor x, ConstTensor index, int64_t width, Tensor y);
  // N x C planes of x's values, each to the place in its plane of y that its index says, cut to a
  // whole number: of several with one place the last one stays, one of place -1 goes nowhere, other
  // places are 0. And the other way: y = x at the index, 0 for -1.
  virtual void scatter(ConstTensor x, ConstTensor index, Tensor y);
  virtual void gather(ConstTensor x, ConstTensor index, Tensor y);
  // The indices of the top_k greatest channels of each item, and the values there, from the
  // greatest on: outer x top_k x inner. A NaN counts as greater than any number.
  virtual void greatest(ConstTensor x, const ChannelView& view, int64_t top_k, Ties ties,
                        std::optional<Tensor> index, std::optional<Tensor> value);

  // Recurrence. y = x times its row's indicator; one of 0 gives zeros whatever x is, so that a
  // state that is not finite ends with its sequence. y may be x.
  virtual void continue_rows(const Matrix& x, const Matrix& cont, int64_t rows, int64_t columns,
                             const Part& y);
  // One step of long short-term memory for `items` rows (Hochreiter and Schmidhuber, "Long
  // Short-Term Memory", 1997; the forget gate is Gers, Schmidhuber and Cummins, 2000). Rows of
  // gates have 4 x `outputs` values, the sums a_i, a_f, a_o and a_g, which become i, f, o and g:
  //   i = sigmoid(a_i)   f = cont * sigmoid(a_f)   o = sigmoid(a_o)   g = tanh(a_g)
  //   c = f * c_before + i * g                     h = o * tanh(c)
  struct LstmStep {
    int64_t items, outputs;
    Matrix cont, before;  // the cells before
    Part gates, cells, hidden;
  };
  virtual void lstm_step(const LstmStep& step);
  // `gate_diffs` gets the gradients of the sums, that of a_f taken as that of f (1 - f), which is
  // exact where cont is 0 or 1; `before_diff`, which may be cell_diff, those of the cells before.
  struct LstmStepBackward {
    int64_t items, outputs;
    Matrix gates, before, cells, hidden_diff, cell_diff;
    Part gate_diffs, before_diff;
  };
  virtual void lstm_step_backward(const LstmStepBackward& step);

  // Vector arithmetic over all values of tensors of equal count.
  virtual void fill(float value, Tensor y);
  virtual void copy(ConstTensor x, Tensor y);
  virtual void axpby(float a, ConstTensor x, float b, Tensor y);  // y = a x + b y
  virtual void scale(float a, Tensor y);                          // y = a y
  virtual void multiply(ConstTensor a, ConstTensor b, Tensor y);  // y = a b
  virtual void divide(ConstTensor a, ConstTensor b, Tensor y);    // y = a / b
  // y = x / divisor, which is one value; zeros when that is 0.
  virtual void divide_by(ConstTensor x, ConstTensor divisor, Tensor y);
  // y = the sum of factors[i] * x[i], of one bottom at least; y may be the first one's own storage.
  virtual void weighted_sum(const std::vector<ConstTensor>& x, const std::vector<float>& factors,
                            Tensor y);
  // y = the greatest of two x or more, `index` says which: of the first two the second unless the
  // first is greater, then the first one of equals.
  virtual void maximum(const std::vector<ConstTensor>& x, Tensor y, Tensor index);
  // dx = dy where index is `wanted`, else 0.
  virtual void select(ConstTensor index, int wanted, ConstTensor dy, Tensor dx);
  // scale with probability 1 - ratio, else 0, each value by its own word of the generator: the same
  // on every device, in the order in which `like` lies.
  virtual void dropout_mask(const Rng& rng, float ratio, float scale, ConstTensor like,
                            Tensor mask);

  // y[row] = factor * the reduction of a row of x (and z), in double precision, the same for any
  // number of threads. x has y.count() rows.
  virtual void reduce(Reduction reduction, ConstTensor x, std::optional<ConstTensor> z,
                      double factor, Tensor y);
  // The same of all values, on the host: waits for a device.
  double sum_of_magnitudes(ConstTensor x) { return total(Reduction::kSumOfMagnitudes, x, x); }
  double sum_of_squares(ConstTensor x) { return total(Reduction::kSumOfSquares, x, x); }
  double dot(ConstTensor x, ConstTensor y) { return total(Reduction::kDot, x, y); }
  virtual double total(Reduction reduction, ConstTensor x, ConstTensor z);

  // y at each place of the walk = x there; with Into::kAdd it is added, and no place of y may come
  // twice. The orders are those in which the steps are counted.
  void copy_strided(const Strides& strides, Into into, ConstTensor x, Tensor y,
                    Order x_order = Order::kPlain, Order y_order = Order::kPlain);
  // y = the sum of all values of x that meet at one place of y, which has a step of 0 along the
  // axes that are summed up, in double precision.
  void sum_strided(const Strides& strides, Into into, ConstTensor x, Tensor y,
                   Order x_order = Order::kPlain, Order y_order = Order::kPlain);

  // Losses. `labels` are classes in [0, view.channels), -1 is ignored; `weights` one factor a
  // class. loss = the sum over the items of -weight log(p of the label), divided; `each` gets the
  // terms.
  virtual void softmax_loss(ConstTensor p, ConstTensor labels, std::optional<ConstTensor> weights,
                            const SoftmaxSpec& view, double divisor, std::optional<Tensor> each,
                            Tensor loss);
  // The gradient of the bottom that p is the softmax of, times scale.
  virtual void softmax_loss_backward(ConstTensor p, ConstTensor labels,
                                     std::optional<ConstTensor> weights, const SoftmaxSpec& view,
                                     float scale, Tensor dx);
  // loss = the sum of the cross entropies of sigmoid(x) and the targets, divided; `gradient` is the
  // undivided sum's. Targets whose whole part is `ignored` count as nothing.
  virtual void sigmoid_cross_entropy(ConstTensor x, ConstTensor targets,
                                     std::optional<float> ignored, double divisor, Tensor gradient,
                                     Tensor loss);
  // loss = the sum of outside f(inside (a - b)), divided, f being smooth L1 of sigma (Girshick,
  // "Fast R-CNN", 2015); `gradient` is the undivided sum's by a.
  virtual void smooth_l1(ConstTensor a, ConstTensor b, std::optional<ConstTensor> inside,
                         std::optional<ConstTensor> outside, float sigma, double divisor,
                         Tensor gradient, Tensor loss);
  // right = 1 where fewer than top_k classes score as high as the label, else 0, and 0 where it is
  // ignored. With ranks_ties equal scores of classes before the label do not count.
  virtual void accuracy(ConstTensor scores, ConstTensor labels, const SoftmaxSpec& view,
                        int64_t top_k, bool ranks_ties, Tensor right);

  // Of pairs of features at the squared distances d^2 (Hadsell, Chopra, LeCun: "Dimensionality
  // reduction by learning an invariant mapping", 2006): loss = the sum of d^2 where the whole part
  // of `similar` is not 0, of max(0, margin - d)^2 elsewhere (legacy: max(0, margin - d^2)),
  // divided. slopes = the gradient of each half term by a feature, over the features' difference.
  virtual void contrastive_loss(ConstTensor squares, ConstTensor similar, float margin, bool legacy,
                                double divisor, Tensor slopes, Tensor loss);
  // margins = max(0, 1 + x), and -max(0, 1 - x) at the label of each row; loss = the sum of their
  // magnitudes or squares, divided.
  virtual void hinge_loss(ConstTensor x, ConstTensor labels, bool squared, double divisor,
                          Tensor margins, Tensor loss);
  // loss = -the sum of gains[label, c] log(max(p[c], 1e-20)), divided; without gains, they are the
  // identity. The gradient of the bottom that p is the softmax of, times scale.
  virtual void infogain_loss(ConstTensor p, ConstTensor labels, std::optional<ConstTensor> gains,
                             const SoftmaxSpec& view, double divisor, Tensor loss);
  virtual void infogain_loss_backward(ConstTensor p, ConstTensor labels, ConstTensor gains,
                                      const SoftmaxSpec& view, float scale, Tensor dx);
  // Without gains, that of p itself, times scale: -scale / max(p, 1e-20) at the label, else 0.
  virtual void multinomial_logistic_backward(ConstTensor p, ConstTensor labels,
                                             const SoftmaxSpec& view, float scale, Tensor dp);

  // Gradient steps on several parameters, none of them twice.
  virtual void update(const std::vector<Update>& updates);

 private:
  void strided(bool sums, const Strides& strides, Into into, ConstTensor x, Tensor y, Order x_order,
               Order y_order);

  Device& device_;
  std::shared_ptr<Queue> queue_;
  const caffe_kernel_table* table_;
  caffe_kernel_table own_table_ = {};  // of a device: what an older module's lacks is null
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
