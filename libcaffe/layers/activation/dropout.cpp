// Dropout: y = x * m / (1 - p), each m 0 with probability p, else 1. In phase TEST y = x.
//
//   dropout_ratio        0.5: p, at least 0 and less than 1
//   scale_train          true; false (Faster R-CNN): y = x * m, and in phase TEST y = x * (1 - p)
//   sample_weights_test  false; true (Bayesian SegNet): values are dropped in phase TEST, too
//
// Any shape; in place is allowed. The mask is a function of the net's seed, the layer, the number
// of the forward pass and the value's index alone: the same for any number of threads.
//   Srivastava et al.: "Dropout: a simple way to prevent neural networks from overfitting", JMLR
//   2014
//
// Forks: rbgirshick/caffe-fast-rcnn (scale_train); alexgkendall/caffe-segnet (sample_weights_test).
//
//   layer { name: "drop6" type: "Dropout" bottom: "fc6" top: "fc6"
//           dropout_param { dropout_ratio: 0.5 } }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class DropoutLayer final : public Layer {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers&, const BlobPointers&) override {
    const DropoutParameter& wanted = *param().dropout_param;
    ratio_ = wanted.dropout_ratio;
    if (!(ratio_ >= 0 && ratio_ < 1)) {
      fail(Status::kInvalidArgument,
           "dropout_param.dropout_ratio must be at least 0 and less than 1, not ", ratio_);
    }
    sampling_ = phase() == TRAIN || wanted.sample_weights_test;
    if (sampling_) {
      scale_ = wanted.scale_train ? 1 / (1 - ratio_) : 1;
    } else {
      scale_ = wanted.scale_train ? 1 : 1 - ratio_;
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    top[0]->reshape(bottom[0]->shape());
    if (sampling_) mask_.reshape(bottom[0]->shape());
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (sampling_) {
      kernels().dropout_mask(pass_rng(), ratio_, scale_, bottom[0]->data(), mask_.data());
    }
    apply(bottom[0]->data(), top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[0]) apply(top[0]->diff(), bottom[0]->diff());
  }

 private:
  void apply(ConstTensor x, Tensor y) {
    if (sampling_) {
      kernels().multiply(x, mask_.data(), y);
      return;
    }
    if (!x.same_storage(y)) kernels().copy(x, y);
    if (scale_ != 1) kernels().scale(scale_, y);
  }

  float ratio_ = 0.5f, scale_ = 1;
  bool sampling_ = false;
  Blob mask_;  // 0 or scale_
};

const LayerRegistration<DropoutLayer> registration("Dropout");

}  // namespace
}  // namespace caffe
