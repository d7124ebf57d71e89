// HingeLoss: the one-against-all hinge of scores, with a margin of 1,
//
//   m[n, c] = max(0, 1 - x[n, c] if c is the label of n, else 1 + x[n, c])
//   L1: loss = sum of m / N          L2: loss = sum of m^2 / N
//
//   norm  L1; L2
//
// Bottoms: scores, N x anything, all that follows the first axis being classes; N labels from 0 on.
// Top: the loss, a scalar. The gradient of L1 where a margin is just kept is 0.
//
//   layer { name: "loss" type: "HingeLoss" bottom: "score" bottom: "label" top: "loss"
//           hinge_loss_param { norm: L2 } }
#include "kernels/functors.hpp"
#include "layers/base/labels.hpp"
#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class HingeLossLayer final : public LossLayer {
 public:
  using LossLayer::LossLayer;

  void init(const BlobPointers&, const BlobPointers&) override {
    const HingeLossParameter& wanted = *param().hinge_loss_param;
    if (wanted.norm != HingeLossParameter::L1 && wanted.norm != HingeLossParameter::L2) {
      fail(Status::kInvalidArgument, "hinge_loss_param.norm: ", static_cast<int>(wanted.norm),
           " is none of L1 and L2");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_one_label_each(bottom);
    const Shape& shape = bottom[0]->shape();
    margins_.reshape(shape);
    classes_ = shape.axes() > 0 ? shape.count(1) : 1;
    top[0]->reshape(Shape{});
  }

  // Keeps the gradient of the margins, signed: that of the sum of their halved squares.
  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    labels_.reshape(bottom[1]->shape());
    Labels(*bottom[1], bottom_name(1), classes_).write_to(labels_.data());
    kernels().hinge_loss(bottom[0]->data(), labels_.data(), squared(), batch_of(bottom),
                         margins_.data(), top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    reject_gradient(propagate_down, 1);
    if (!propagate_down[0]) return;
    const float share = static_cast<float>(loss_weight(top) / batch_of(bottom));
    if (squared()) {
      kernels().axpby(2 * share, margins_.data(), 0, bottom[0]->diff());
      return;
    }
    const Tensor m = margins_.data(), dx = bottom[0]->diff();
    kernels().fill(share, dx);
    kernels().map_backward(functor::named(functor::AbsVal{}), m, m, dx, dx);
  }

 private:
  bool squared() const { return param().hinge_loss_param->norm == HingeLossParameter::L2; }

  int64_t classes_ = 1;
  Blob labels_;
  Blob margins_;  // m, negative for labels
};

const LayerRegistration<HingeLossLayer> registration("HingeLoss");

}  // namespace
}  // namespace caffe
