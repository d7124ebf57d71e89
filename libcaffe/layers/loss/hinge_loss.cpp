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
#include "core/threads.hpp"
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
    const Labels labels(*bottom[1], bottom_name(1), classes_);
    const float* x = bottom[0]->data().read();
    float* m = margins_.data().write();
    const int64_t items = bottom[1]->count();
    parallel_for(margins_.count(), grain_of(1), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) m[i] = x[i] > -1 ? 1 + x[i] : 0;
    });
    for (int64_t n = 0; n < items; ++n) {
      const int64_t at = n * classes_ + labels[n];
      m[at] = x[at] < 1 ? x[at] - 1 : 0;
    }
    const double sum = squared() ? kernels().sum_of_squares(margins_.data())
                                 : kernels().sum_of_magnitudes(margins_.data());
    *top[0]->data().write() = static_cast<float>(sum / batch_of(bottom));
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
    const float* m = margins_.data().read();
    float* dx = bottom[0]->diff().write();
    parallel_for(margins_.count(), grain_of(1), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        dx[i] = share * static_cast<float>((m[i] > 0) - (m[i] < 0));
      }
    });
  }

 private:
  bool squared() const { return param().hinge_loss_param->norm == HingeLossParameter::L2; }

  int64_t classes_ = 1;
  Blob margins_;  // m, negative for labels
};

const LayerRegistration<HingeLossLayer> registration("HingeLoss");

}  // namespace
}  // namespace caffe
