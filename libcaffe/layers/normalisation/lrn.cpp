// LRN: local response normalisation, y = x / s^beta. Across channels s = k + alpha / n * the sum of
// the squares of the n channels around x's; within a channel s = 1 + alpha / n^2 * the sum of the
// squares of the n x n places around x's. What lies outside counts as 0.
//
//   local_size   5: n, odd
//   alpha        1
//   beta         0.75
//   norm_region  ACROSS_CHANNELS, WITHIN_CHANNEL
//   k            1; ignored within channels
//   engine       accepted, means nothing here
//
// Bottom: N x C x H x W; top: the same shape; in place is allowed.
//   Krizhevsky, Sutskever, Hinton: "ImageNet classification with deep convolutional neural
//   networks", NIPS 2012
//
//   layer { name: "norm1" type: "LRN" bottom: "conv1" top: "norm1"
//     lrn_param { local_size: 5 alpha: 1e-4 } }
#include <algorithm>
#include <limits>

#include "core/checked.hpp"
#include "core/threads.hpp"
#include "layers/base/kept_bottom.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class LrnLayer final : public Layer {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& /*bottom*/, const BlobPointers& /*top*/) override {
    const LRNParameter& wanted = *param().lrn_param;
    if (wanted.local_size % 2 != 1) {
      fail(Status::kInvalidArgument, "lrn_param.local_size must be odd, not ", wanted.local_size);
    }
    if (wanted.norm_region != LRNParameter::ACROSS_CHANNELS &&
        wanted.norm_region != LRNParameter::WITHIN_CHANNEL) {
      fail(Status::kInvalidArgument,
           "lrn_param.norm_region: ", static_cast<int>(wanted.norm_region),
           " is none of ACROSS_CHANNELS and WITHIN_CHANNEL");
    }
    within_ = wanted.norm_region == LRNParameter::WITHIN_CHANNEL;
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    const LRNParameter& wanted = *param().lrn_param;
    across_ = {{shape[0], shape[1], shape.count(2)},
               wanted.local_size,
               wanted.alpha,
               wanted.beta,
               wanted.k};
    top[0]->reshape(shape);
    if (!within_) return;
    for (Blob* each : {&means_, &powers_}) each->reshape(shape);
    PoolingSpec spec;
    spec.bottom = spec.top = shape;
    spec.method = PoolingMethod::kAverage;
    spec.kernel_h = spec.kernel_w = wanted.local_size;
    spec.pad_h = spec.pad_w = wanted.local_size / 2;
    pooling_ = kernels().pooling(spec);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Tensor x = kept_.take(*bottom[0], *top[0], runs_backward());
    if (!within_) return kernels().lrn(x, across_, top[0]->data());
    // The powers' memory holds the squares first.
    kernels().multiply(x, x, powers_.data());
    pooling_->forward(powers_.data(), means_.data(), std::nullopt);
    kernels().negative_power(1, across_.alpha, across_.beta, means_.data(), powers_.data());
    kernels().multiply(x, powers_.data(), top[0]->data());
  }

  // Squares, window sums, and the power.
  int64_t flops(const BlobPointers&, const BlobPointers& top) const override {
    const int64_t size = param().lrn_param->local_size;
    const int64_t sums = within_ ? capped_mul(size, size) : size;
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max() - 3;
    return capped_mul(top[0]->count(), std::min(capped_mul(2, sums), kMost) + 3);
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const Tensor x = kept_.data(*bottom[0], *top[0]), dy = top[0]->diff();
    if (!within_) return kernels().lrn_backward(x, dy, across_, bottom[0]->diff());
    // dx = dy s^-beta - 2 alpha beta x * the mean of dy x s^(-beta - 1) around.
    ratios_.reshape(x.shape());
    around_.reshape(x.shape());
    const float alpha = across_.alpha, factor = 2 * alpha * across_.beta;
    kernels().lrn_within_ratios(x, dy, means_.data(), powers_.data(), alpha, ratios_.data());
    pooling_->backward(ratios_.data(), around_.data());
    kernels().lrn_within_backward(x, dy, powers_.data(), around_.data(), factor, bottom[0]->diff());
  }

 private:
  bool within_ = false;
  LrnSpec across_;
  std::unique_ptr<Pooling> pooling_;
  Blob means_, powers_;   // of the squares around each place; s^-beta
  Blob ratios_, around_;  // in the gradient
  KeptBottom kept_;
};

const LayerRegistration<LrnLayer> registration("LRN");

}  // namespace
}  // namespace caffe
