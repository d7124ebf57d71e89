// SmoothL1Loss: quadratic for small differences, linear for others,
//
//   d = w_in * (a - b)          loss = sum of w_out * f(d) / N
//   f(d) = (sigma d)^2 / 2 where |d| < 1 / sigma^2, else |d| - 1 / (2 sigma^2)
//   da = f'(d) * w_in * w_out * loss weight / N = -db
//
//   sigma  1, greater than 0
//
// N is the first axis. Bottoms: predictions a and targets b, and optionally the weights inside w_in
// and outside w_out, 1 where they are not given, all with equally many values and the same N; a and
// b may get a gradient, that of the weights is 0: they may come from layers that learn, as a sample
// of proposals does. Top: the loss, a scalar.
//   Girshick: "Fast R-CNN", ICCV 2015
//
// Fork: rbgirshick/caffe-fast-rcnn; weiliu89/caffe (ssd) has the same with sigma 1 and without
// weights. Fast R-CNN's first version has the weights inside alone.
//
// Differs from the original: without a loss_weight it is 1, as in other losses and in SSD's; in
// Fast R-CNN's fork such a layer trains nothing.
//
//   layer { name: "loss_bbox" type: "SmoothL1Loss" bottom: "bbox_pred" bottom: "bbox_targets"
//           bottom: "bbox_inside_weights" bottom: "bbox_outside_weights" top: "loss_bbox"
//           loss_weight: 1 smooth_l1_loss_param { sigma: 3 } }
#include "layers/loss/smooth_l1.hpp"

#include "core/threads.hpp"
#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class SmoothL1LossLayer final : public LossLayer {
 public:
  using LossLayer::LossLayer;

  Arity arity() const override { return {2, 4, 1, 1, false}; }
  bool allow_force_backward(int bottom) const override { return bottom < 2; }

  void init(const BlobPointers&, const BlobPointers&) override {
    const float sigma = param().smooth_l1_loss_param->sigma;
    if (!(sigma > 0)) {
      fail(Status::kInvalidArgument, "smooth_l1_loss_param.sigma must be greater than 0, not ",
           sigma);
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_batches(bottom);
    for (size_t i = 1; i < bottom.size(); ++i) check_equal_counts(bottom, i);
    gradient_.reshape(bottom[0]->shape());
    top[0]->reshape(Shape{});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const SmoothL1 f(param().smooth_l1_loss_param->sigma);
    const float* a = bottom[0]->data().read();
    const float* b = bottom[1]->data().read();
    const float* inside = bottom.size() > 2 ? bottom[2]->data().read() : nullptr;
    const float* outside = bottom.size() > 3 ? bottom[3]->data().read() : nullptr;
    float* gradient = gradient_.data().write();
    const double loss = parallel_sum(gradient_.count(), [&](int64_t i) {
      const float in = inside == nullptr ? 1 : inside[i];
      const float out = outside == nullptr ? 1 : outside[i];
      const float d = in * (a[i] - b[i]);
      gradient[i] = in * out * f.slope(d);
      return out * f.value(d);
    });
    *top[0]->data().write() = static_cast<float>(loss / batch_of(bottom));
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    for (size_t i = 2; i < bottom.size(); ++i) {
      if (propagate_down[i]) kernels().fill(0, bottom[i]->diff());
    }
    const double share = loss_weight(top) / batch_of(bottom);
    for (size_t i = 0; i < 2; ++i) {
      if (!propagate_down[i]) continue;
      const float factor = static_cast<float>(i == 0 ? share : -share);
      kernels().axpby(factor, gradient_.data(), 0, bottom[i]->diff());
    }
  }

 private:
  Blob gradient_;  // of the loss times N
};

const LayerRegistration<SmoothL1LossLayer> registration("SmoothL1Loss");

}  // namespace
}  // namespace caffe
