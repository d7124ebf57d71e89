// BatchNorm: y = (x - mean) / sqrt(variance + eps), with mean and variance of each channel over the
// batch and all places, or those stored.
//
//   use_global_stats         true in phase TEST, else false: whether the stored ones are taken
//   moving_average_fraction  0.999: f, see below
//   eps                      1e-5
//
// Bottom: N x C x any axes, C being 1 when there is one axis only; top: the same shape; in place is
// allowed. Parameters: the sums of means and of variances (C values each) and their number (one
// value), by which the sums are divided for use. Each forward pass with the batch's own statistics
// multiplies all three with f and adds the batch's (the variance times m / (m - 1), m values a
// channel) and 1. They are not trained: three `param` entries may say what they like, fewer must
// say lr_mult: 0.
//   Ioffe, Szegedy: "Batch normalization: accelerating deep network training by reducing internal
//   covariate shift", ICML 2015
//
//   layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "norm"
//     batch_norm_param { eps: 1e-5 } }
#include <cmath>

#include "layers/channel_normaliser.hpp"
#include "layers/kept_bottom.hpp"
#include "layers/layer.hpp"
#include "layers/roles.hpp"

namespace caffe {
namespace {

class BatchNormLayer final : public Layer, public AffineRole {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }
  bool learns(size_t) const override { return false; }

  void init(const BlobPointers& bottom, const BlobPointers& /*top*/) override {
    const BatchNormParameter& wanted = *param().batch_norm_param;
    if (wanted.update_global_stats) {
      fail(Status::kUnsupported, "batch_norm_param.update_global_stats is not supported");
    }
    stored_ = wanted.has_use_global_stats() ? wanted.use_global_stats : phase() == TEST;
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
    const Tensor x = kept_.take(*bottom[0], *top[0], !stored_ && runs_backward());
    if (stored_) {
      read_statistics();
    } else {
      normaliser_.measure(kernels(), x);
      if (normaliser_.size() > 0) store_statistics();
    }
    normaliser_.set_deviation(param().batch_norm_param->eps);
    normaliser_.forward(kernels(), x, {}, top[0]->data());
  }

  bool is_affine(const Shape& bottom) const override { return stored_ && bottom.axes() > 1; }
  void follow(ChannelCoefficients& map) const override {
    const double factor = statistics_factor(), eps = param().batch_norm_param->eps;
    const float* means = blobs()[0]->data().read();
    const float* variances = blobs()[1]->data().read();
    for (size_t c = 0; c < map.scale.size(); ++c) {
      const double inverse = 1 / std::sqrt(factor * variances[c] + eps);
      map.scale[c] *= inverse;
      map.shift[c] = (map.shift[c] - factor * means[c]) * inverse;
    }
  }

  int64_t flops(const BlobPointers&, const BlobPointers& top) const override {
    return 2 * top[0]->count();
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const Tensor x = stored_ ? bottom[0]->data() : kept_.data(*bottom[0], *top[0]);
    normaliser_.backward(kernels(), x, top[0]->diff(),
                         stored_ ? Depends::kNothing : Depends::kMeanAndDeviation, {},
                         {bottom[0]->diff(), {}, {}});
  }

 private:
  // What the stored sums are multiplied with for use.
  double statistics_factor() const {
    const float number = *blobs()[2]->data().read();
    return number == 0 ? 0 : 1.0 / number;
  }

  void read_statistics() {
    const double factor = statistics_factor();
    const float* means = blobs()[0]->data().read();
    const float* variances = blobs()[1]->data().read();
    for (size_t c = 0; c < normaliser_.mean().size(); ++c) {
      normaliser_.mean()[c] = factor * means[c];
      normaliser_.variance()[c] = factor * variances[c];
    }
  }

  void store_statistics() {
    const double fraction = param().batch_norm_param->moving_average_fraction;
    const double count = static_cast<double>(normaliser_.size());
    const double correction = count > 1 ? count / (count - 1) : 1;
    float* means = blobs()[0]->data().update();
    float* variances = blobs()[1]->data().update();
    float* number = blobs()[2]->data().update();
    for (size_t c = 0; c < normaliser_.mean().size(); ++c) {
      means[c] = static_cast<float>(fraction * means[c] + normaliser_.mean()[c]);
      variances[c] =
          static_cast<float>(fraction * variances[c] + correction * normaliser_.variance()[c]);
    }
    *number = static_cast<float>(fraction * *number + 1);
  }

  bool stored_ = false;
  int64_t channels_ = 0;
  ChannelNormaliser normaliser_;
  KeptBottom kept_;
};

const LayerRegistration<BatchNormLayer> registration("BatchNorm");

}  // namespace
}  // namespace caffe
