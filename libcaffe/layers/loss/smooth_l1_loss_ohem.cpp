// SmoothL1LossOHEM: SmoothL1Loss with sigma 1 that shows each item's loss, for BoxAnnotatorOHEM,
//
//   d = w * (a - b)          loss = sum of f(d) / normaliser
//   f(d) = d^2 / 2 where |d| < 1, else |d| - 1/2
//
//   loss_param.normalization         VALID and FULL: the normaliser is N x H x W; BATCH_SIZE: N;
//                                    NONE: 1; PRE_FIXED: pre_fixed_normalizer. At least 1
//   loss_param.normalize             older: true means VALID, false BATCH_SIZE
//   loss_param.pre_fixed_normalizer  1: for PRE_FIXED
//
// Bottoms: predictions a and targets b, N x C x H x W, optionally weights w, of the same shape; a
// and b may get a gradient, that of w is 0. Tops: the loss, a scalar; optionally the sums of f over
// C, N x 1 x H x W, through which no gradient goes.
//   Dai et al.: "R-FCN: object detection via region-based fully convolutional networks", NIPS 2016
//
// Fork: daijifeng001/caffe-rfcn.
//
// Differs from the original: w counts in the gradient once more, as it must; with weights of 0 and
// 1, which it is made for, that is the same.
//
//   layer { name: "per_roi_loss_bbox" type: "SmoothL1LossOHEM" bottom: "bbox_pred"
//           bottom: "bbox_targets" bottom: "bbox_inside_weights" top: "temp_loss_bbox"
//           top: "per_roi_loss_bbox" loss_weight: 0 loss_weight: 0
//           propagate_down: false propagate_down: false propagate_down: false }
#include "core/threads.hpp"
#include "kernels/smooth_l1.hpp"
#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class SmoothL1LossOhemLayer final : public LossLayer {
 public:
  SmoothL1LossOhemLayer(const LayerParameter& param, const LayerContext& context)
      : LossLayer(param, context), normalization_(*this->param().loss_param) {}

  Arity arity() const override { return {2, 3, 1, 2, false}; }
  bool allow_force_backward(int bottom) const override { return bottom < 2; }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    check_batches(bottom);
    for (size_t i = 1; i < bottom.size(); ++i) check_equal_counts(bottom, i);
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() < 2) {
      fail(Status::kShape, bottom_name(0), " of shape ", shape, " must have at least two axes");
    }
    outer_ = shape[0];
    channels_ = shape[1];
    inner_ = shape.count(2);
    gradient_.reshape(shape);
    top[0]->reshape(Shape{});
    if (top.size() < 2) return;
    std::vector<int64_t> dims = shape.dims();
    dims[1] = 1;
    top[1]->reshape(Shape(dims));
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const SmoothL1 f(1);
    const float* a = bottom[0]->data().read();
    const float* b = bottom[1]->data().read();
    const float* w = bottom.size() > 2 ? bottom[2]->data().read() : nullptr;
    float* gradient = gradient_.data().write();
    float* each = top.size() > 1 ? top[1]->data().write() : nullptr;
    const double loss = parallel_sum(outer_ * inner_, [&](int64_t item) {
      double sum = 0;
      int64_t i = item / inner_ * channels_ * inner_ + item % inner_;
      for (int64_t c = 0; c < channels_; ++c, i += inner_) {
        const float weight = w == nullptr ? 1 : w[i];
        const float d = weight * (a[i] - b[i]);
        gradient[i] = weight * f.slope(d);
        sum += f.value(d);
      }
      if (each != nullptr) each[item] = static_cast<float>(sum);
      return sum;
    });
    *top[0]->data().write() = static_cast<float>(loss / divisor());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (bottom.size() > 2 && propagate_down[2]) kernels().fill(0, bottom[2]->diff());
    const double share = loss_weight(top) / divisor();
    for (size_t i = 0; i < 2; ++i) {
      if (!propagate_down[i]) continue;
      const float factor = static_cast<float>(i == 0 ? share : -share);
      kernels().axpby(factor, gradient_.data(), 0, bottom[i]->diff());
    }
  }

 private:
  double divisor() const { return normalization_.divisor(outer_, inner_, outer_ * inner_); }

  const LossNormalization normalization_;
  int64_t outer_ = 0, channels_ = 0, inner_ = 0;
  Blob gradient_;  // of the sum of f
};

const LayerRegistration<SmoothL1LossOhemLayer> registration("SmoothL1LossOHEM");

}  // namespace
}  // namespace caffe
