// MVN: y = (x - mean) / (std + eps), with mean and standard deviation of each image, or of each of
// its channels.
//
//   normalize_variance  true; false: y = x - mean
//   across_channels     false; true: one mean and standard deviation for all channels of an image
//   eps                 1e-9
//
// Bottom: N x C x any axes, missing ones counting as 1. Top: the same shape, up to four axes filled
// up with 1 to N x C x H x W. In place is allowed.
//
//   layer { name: "mvn" type: "MVN" bottom: "data" top: "mvn" mvn_param { across_channels: true } }
#include "layers/base/kept_bottom.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"
#include "layers/normalisation/channel_normaliser.hpp"

namespace caffe {
namespace {

class MvnLayer final : public Layer {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    std::vector<int64_t> dims = bottom[0]->shape().dims();
    while (dims.size() < 4) dims.push_back(1);
    const Shape shape(dims);
    const int64_t rows = param().mvn_param->across_channels ? shape[0] : shape.count(0, 2);
    normaliser_.reshape({1, rows, rows == 0 ? 0 : shape.count() / rows});
    top[0]->reshape(shape);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Tensor x = kept_.take(*bottom[0], *top[0], runs_backward());
    normaliser_.measure(kernels(), x);
    if (!param().mvn_param->normalize_variance) {
      kernels().fill(1, normaliser_.variance());
      normaliser_.set_deviation(0);
    } else {
      normaliser_.set_deviation_plus(param().mvn_param->eps);
    }
    normaliser_.forward(kernels(), x, {}, top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const Tensor x = kept_.data(*bottom[0], *top[0]);
    normaliser_.backward(
        kernels(), x, top[0]->diff(),
        param().mvn_param->normalize_variance ? Depends::kMeanAndDeviation : Depends::kMean, {},
        {bottom[0]->diff(), {}, {}});
  }

 private:
  ChannelNormaliser normaliser_;
  KeptBottom kept_;
};

const LayerRegistration<MvnLayer> registration("MVN");

}  // namespace
}  // namespace caffe
