// EuclideanLoss: half the mean squared distance,
//
//   loss = sum of (a - b)^2 / (2 N)          da = (a - b) * loss weight / N = -db
//
//   type  L2, nothing else
//
// N is the first axis. Bottoms: two blobs that agree in their first axis and in the number of
// values behind it; either may get a gradient. Top: the loss, a scalar.
//
//   layer { name: "loss" type: "EuclideanLoss" bottom: "points" bottom: "label" top: "loss" }
#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class EuclideanLossLayer final : public LossLayer {
 public:
  using LossLayer::LossLayer;

  bool allow_force_backward(int) const override { return true; }

  void init(const BlobPointers&, const BlobPointers&) override {
    if (param().euclidean_loss_param->type != EuclideanLossParameter::L2) {
      fail(Status::kUnsupported, "euclidean_loss_param.type: only L2 is supported");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_batches(bottom);
    check_equal_counts(bottom);
    difference_.reshape(bottom[0]->shape());
    top[0]->reshape(Shape{});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().copy(bottom[0]->data(), difference_.data());
    kernels().axpby(-1, bottom[1]->data(), 1, difference_.data());
    kernels().reduce(Reduction::kSumOfSquares, difference_.data(), {}, 1 / (2 * batch_of(bottom)),
                     top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    const double share = loss_weight(top) / batch_of(bottom);
    for (size_t i = 0; i < 2; ++i) {
      if (!propagate_down[i]) continue;
      const double sign = i == 0 ? 1 : -1;
      kernels().axpby(static_cast<float>(sign * share), difference_.data(), 0, bottom[i]->diff());
    }
  }

 private:
  Blob difference_;
};

const LayerRegistration<EuclideanLossLayer> registration("EuclideanLoss");

}  // namespace
}  // namespace caffe
