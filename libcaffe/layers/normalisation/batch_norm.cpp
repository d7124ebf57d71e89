// BatchNorm: y = (x - mean) / sqrt(variance + eps), with mean and variance of each channel over the
// batch and all places, or those stored; on demand times a scale and plus a bias of each channel.
//
//   use_global_stats         true in phase TEST, else false: whether the stored ones are taken
//   moving_average_fraction  0.999: f, see below
//   eps                      1e-5; at least that with NVIDIA's words
//   scale_bias               false; true: scale and bias are parameters. Either filler says so, too
//   scale_filler             constant 1
//   bias_filler              constant 0
//   use_weight_bias          false; true: scale and bias in Intel's words, which are the next ones
//   filler                   constant 1, of the scale
//   bias_term                true; false: there is a scale only
//   relu                     not supported; a ReLU layer behind is
//   stats_batch_size         not supported, but for 0
//
// Bottom: N x C x any axes, C being 1 when there is one axis only; top: the same shape; in place is
// allowed. Parameters: the sums of means and of variances (C values each) and their number (one
// value), by which the sums are divided for use; then scale and bias (C values each). Each forward
// pass with the batch's own statistics multiplies the first three with f and adds the batch's (the
// variance times m / (m - 1), m values a channel) and 1; with NVIDIA's words, it makes the first
// two f times what they were (divided by their number) and 1 - f times the batch's, and their
// number 1; the first batch's are taken as they are. These three are not trained: three `param`
// entries or more may say what they like of them, fewer must say lr_mult: 0.
//   Ioffe, Szegedy: "Batch normalization: accelerating deep network training by reducing internal
//   covariate shift", ICML 2015
//
// Forks: NVIDIA/caffe (scale_bias), intel/caffe (use_weight_bias): the parameters lie in this order
// in their weight files; in older ones of NVIDIA's, scale, bias, mean, variance, number, which is
// seen and put right. A file with mean and variance only is taken to have the number 1.
//
//   layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "norm"
//     batch_norm_param { eps: 1e-5 } }
#include <cmath>

#include "kernels/functors.hpp"
#include "layers/base/kept_bottom.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/base/traits.hpp"
#include "layers/normalisation/batch_norm_words.hpp"
#include "layers/normalisation/channel_normaliser.hpp"

namespace caffe {
namespace {

class BatchNormLayer final : public Layer, public AffineRole {
 public:
  static constexpr auto coordinates = same_coordinates;
  BatchNormLayer(const LayerParameter& param, const LayerContext& context)
      : Layer(param, context), words_(*this->param().batch_norm_param) {}

  Arity arity() const override { return Arity::exact(1, 1); }
  bool learns(size_t i) const override { return i >= kScale; }

  std::string count_hint(size_t stored) const override {
    const size_t wanted = blobs().size();
    if (wanted == 3 && stored == 4) {
      return "; theirs have a scale: batch_norm_param { use_weight_bias: true bias_term: false } "
             "asks for them";
    }
    if (wanted == 3 && stored == 5) {
      return "; theirs have a scale and a bias: batch_norm_param { scale_bias: true } asks for "
             "them";
    }
    if (wanted > 3 && stored == 3) {
      return "; theirs have no scale: without scale_bias, a Scale layer behind is what they are "
             "for";
    }
    return "";
  }

  void init(const BlobPointers& bottom, const BlobPointers& /*top*/) override {
    const BatchNormParameter& wanted = *param().batch_norm_param;
    stored_ = wanted.has_use_global_stats() ? wanted.use_global_stats : phase() == TEST;
    reject_unsupported(wanted);
    if (param().param.size() < 3) {
      for (const ParamSpec& spec : param().param) {
        if (spec.lr_mult == 0) continue;
        fail(Status::kInvalidArgument, "its statistics are not trained: lr_mult must be 0, not ",
             spec.lr_mult);
      }
    }
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() == 0) fail(Status::kShape, bottom_name(0), " must have an axis at least");
    channels_ = shape.axes() == 1 ? 1 : shape[1];
    for (const int64_t count : {channels_, channels_, int64_t{1}}) {
      blobs().push_back(std::make_shared<Blob>(Shape{count}));  // of zeros
    }
    if (!words_.scale) return;
    FillerParameter ones;
    ones.set_value(1);
    if (wanted.has_filler()) ones = *wanted.filler;
    if (wanted.has_scale_filler()) ones = *wanted.scale_filler;
    add_parameter({channels_}, ones);
    if (words_.bias) add_parameter({channels_}, *wanted.bias_filler);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    const bool single = shape.axes() == 1;
    if (shape.axes() == 0 || (single ? 1 : shape[1]) != channels_) {
      fail(Status::kShape, bottom_name(0), " of shape ", shape, " must have ", channels_,
           " channels on axis 1, as many as its statistics");
    }
    normaliser_.reshape({shape[0], channels_, single ? 1 : shape.count(2)});
    top[0]->reshape(shape);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Tensor x = kept_.take(*bottom[0], *top[0], needs_bottom() && runs_backward());
    if (stored_) {
      read_statistics();
    } else {
      normaliser_.measure(kernels(), x);
      if (normaliser_.size() > 0) store_statistics();
    }
    normaliser_.set_deviation(words_.eps);
    normaliser_.forward(kernels(), x, {scale(), bias()}, top[0]->data());
  }

  bool is_affine(const Shape& bottom) const override { return stored_ && bottom.axes() > 1; }
  void follow(ChannelCoefficients& map) const override {
    const double factor = statistics_factor();
    const std::optional<ConstTensor> scales = scale(), biases = bias();
    const float* means = blobs()[0]->data().read();
    const float* variances = blobs()[1]->data().read();
    const float* a = scales ? scales->read() : nullptr;
    const float* b = biases ? biases->read() : nullptr;
    for (size_t c = 0; c < map.scale.size(); ++c) {
      const double slope =
          (a == nullptr ? 1 : double{a[c]}) / std::sqrt(factor * variances[c] + words_.eps);
      map.scale[c] *= slope;
      map.shift[c] = (map.shift[c] - factor * means[c]) * slope + (b == nullptr ? 0 : b[c]);
    }
  }

  int64_t flops(const BlobPointers&, const BlobPointers& top) const override {
    return 2 * top[0]->count();
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    ChannelNormaliser::Gradients gradients;
    if (propagate_down[0]) gradients.x = bottom[0]->diff();
    if (param_propagate_down(kScale)) gradients.scale = blobs()[kScale]->diff();
    if (param_propagate_down(kBias)) gradients.shift = blobs()[kBias]->diff();
    if (!gradients.x && !gradients.scale && !gradients.shift) return;
    const Tensor x = needs_bottom() ? kept_.data(*bottom[0], *top[0]) : bottom[0]->data();
    normaliser_.backward(kernels(), x, top[0]->diff(),
                         stored_ ? Depends::kNothing : Depends::kMeanAndDeviation, scale(),
                         gradients);
  }

 private:
  // Places among the parameters.
  static constexpr size_t kScale = 3, kBias = 4;

  void reject_unsupported(const BatchNormParameter& wanted) const {
    if (wanted.update_global_stats) {
      fail(Status::kUnsupported, "batch_norm_param.update_global_stats is not supported");
    }
    if (wanted.relu) {
      fail(Status::kUnsupported,
           "batch_norm_param.relu is not supported; put a ReLU layer behind instead");
    }
    if (wanted.stats_batch_size != 0 && !stored_) {
      fail(Status::kUnsupported, "batch_norm_param.stats_batch_size is not supported: statistics ",
           "are those of the whole batch");
    }
  }

  // Whether the gradient needs x.
  bool needs_bottom() const { return !stored_ || words_.scale; }

  std::optional<ConstTensor> parameter(size_t i) const {
    if (i >= blobs().size()) return std::nullopt;
    return std::as_const(*blobs()[i]).data();
  }
  std::optional<ConstTensor> scale() const { return parameter(kScale); }
  std::optional<ConstTensor> bias() const { return parameter(kBias); }

  // What the stored sums are multiplied with for use.
  double statistics_factor() const {
    const float number = *blobs()[2]->data().read();
    return number == 0 ? 0 : 1.0 / number;
  }

  void read_statistics() {
    kernels().divide_by(blobs()[0]->data(), blobs()[2]->data(), normaliser_.mean());
    kernels().divide_by(blobs()[1]->data(), blobs()[2]->data(), normaliser_.variance());
  }

  void store_statistics() {
    const float fraction = param().batch_norm_param->moving_average_fraction;
    const double count = static_cast<double>(normaliser_.size());
    const double correction = count > 1 ? count / (count - 1) : 1;
    const Tensor number = blobs()[2]->data();
    // What is kept of the old values, and what is added of the batch's.
    float keep = fraction, add = 1;
    if (words_.nvidia) {
      const float before = *number.read();
      keep = before == 0 ? 0 : fraction / before;
      add = before == 0 ? 1 : 1 - fraction;
    }
    kernels().axpby(add, normaliser_.mean(), keep, blobs()[0]->data());
    kernels().axpby(static_cast<float>(add * correction), normaliser_.variance(), keep,
                    blobs()[1]->data());
    if (words_.nvidia) {
      *number.write() = 1;
    } else {
      kernels().map(functor::named(functor::Power{1, fraction, 1}), number, number);
    }
  }

  const BatchNormWords words_;
  bool stored_ = false;
  int64_t channels_ = 0;
  ChannelNormaliser normaliser_;
  KeptBottom kept_;
};

const LayerRegistration<BatchNormLayer> registration("BatchNorm");

}  // namespace
}  // namespace caffe
