// ContrastiveLoss: draws the features of similar pairs together, and those of others apart,
//
//   d[n] = |a[n] - b[n]|          loss = sum of e[n] / (2 N)
//   e[n] = d^2 of similar pairs; max(0, margin - d)^2 of others
//
//   margin          1: how far apart dissimilar pairs are to be
//   legacy_version  false; true: max(0, margin - d^2) of dissimilar pairs
//
// Bottoms: a and b, N x C (axes behind these have extent 1); N similarities, whose whole part is
// not 0 for similar pairs. a and b may get a gradient. Top: the loss, a scalar. The gradient of
// dissimilar pairs divides by d + 0.0001, so that it is 0 for equal features.
//   Hadsell, Chopra, LeCun: "Dimensionality reduction by learning an invariant mapping", CVPR 2006
//
//   layer { name: "loss" type: "ContrastiveLoss" bottom: "feat" bottom: "feat_p" bottom: "sim"
//           top: "loss" contrastive_loss_param { margin: 1 } }
#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class ContrastiveLossLayer final : public LossLayer {
 public:
  using LossLayer::LossLayer;

  Arity arity() const override { return Arity::exact(3, 1); }
  bool allow_force_backward(int bottom) const override { return bottom != 2; }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_batches(bottom);
    check_equal_counts(bottom);
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() > 2 && shape.count(2) != 1) {
      fail(Status::kShape, bottom_name(0), " of shape ", shape,
           " must be N x C, with extents of 1 behind: one row of features an item");
    }
    items_ = shape.axes() > 0 ? shape[0] : 1;
    features_ = shape.axes() > 1 ? shape[1] : 1;
    if (bottom[2]->count() != items_) {
      fail(Status::kShape, bottom_name(2), " of shape ", bottom[2]->shape(), " holds ",
           bottom[2]->count(), " similarities; one is wanted for each of the ", items_, " pairs");
    }
    difference_.reshape(shape);
    squares_.reshape({items_});
    slopes_.reshape({items_});
    top[0]->reshape(Shape{});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().copy(bottom[0]->data(), difference_.data());
    kernels().axpby(-1, bottom[1]->data(), 1, difference_.data());
    kernels().reduce(Reduction::kSumOfSquares, difference_.data(), {}, 1, squares_.data());
    const ContrastiveLossParameter& wanted = *param().contrastive_loss_param;
    kernels().contrastive_loss(squares_.data(), bottom[2]->data(), wanted.margin,
                               wanted.legacy_version, 2 * batch_of(bottom), slopes_.data(),
                               top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    reject_gradient(propagate_down, 2);
    const double share = loss_weight(top) / batch_of(bottom);
    for (size_t i = 0; i < 2; ++i) {
      if (!propagate_down[i]) continue;
      const float factor = static_cast<float>(i == 0 ? share : -share);
      kernels().axpby(factor, slopes_.data(), 0, slopes_.diff());
      kernels().channel_map(difference_.data(), {{}, slopes_.diff(), {}}, {1, items_, features_},
                            bottom[i]->diff());
    }
  }

 private:
  int64_t items_ = 0, features_ = 0;
  Blob difference_;  // a - b
  Blob squares_;     // of the distances
  Blob slopes_;      // what the gradient of e[n] / 2 is, divided by the difference
};

const LayerRegistration<ContrastiveLossLayer> registration("ContrastiveLoss");

}  // namespace
}  // namespace caffe
