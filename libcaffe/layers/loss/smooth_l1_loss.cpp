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
#include <utility>

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
    std::optional<ConstTensor> inside, outside;
    if (bottom.size() > 2) inside = std::as_const(*bottom[2]).data();
    if (bottom.size() > 3) outside = std::as_const(*bottom[3]).data();
    kernels().smooth_l1(bottom[0]->data(), bottom[1]->data(), inside, outside,
                        param().smooth_l1_loss_param->sigma, batch_of(bottom), gradient_.data(),
                        top[0]->data());
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
