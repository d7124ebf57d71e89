// Functions per channel, folded into one, and an activation in place.
#include "net/fused_step.hpp"

namespace caffe {

namespace {

class FusedChannelMap final : public FusedStep {
 public:
  FusedChannelMap(const ChannelChain& chain, Kernels& kernels)
      : chain_(chain), kernels_(kernels), values_(chain.followers) {}

  void run() override {
    const Shape& shape = chain_.bottom->shape();
    const ChannelView view{shape[0], shape[1], shape.count(2)};
    std::vector<uint64_t> versions = versions_of(chain_.followers.affine);
    if (versions != versions_) {
      const ChannelCoefficients map = values_.coefficients(view.channels);
      set_values(scale_, map.scale);
      set_values(shift_, map.shift);
      versions_ = std::move(versions);
    }
    const Tensor y = chain_.top->data();
    kernels_.channel_map(chain_.bottom->data(),
                         {{}, std::as_const(scale_).data(), std::as_const(shift_).data()}, view, y);
    const Activation activation = values_.activation();
    if (activation.kind == Activation::kRelu) kernels_.relu(y, activation.slope, y);
    if (activation.kind == Activation::kPrelu) {
      kernels_.prelu(y, *values_.slopes(view.channels), view, y);
    }
  }

  std::string implementation() const override { return kernels_.name(); }

 private:
  const ChannelChain chain_;
  Kernels& kernels_;
  FollowerValues values_;
  std::vector<uint64_t> versions_;
  Blob scale_, shift_;
};

}  // namespace

std::unique_ptr<FusedStep> fused_channel_map(const ChannelChain& chain, Kernels& kernels) {
  return std::make_unique<FusedChannelMap>(chain, kernels);
}

}  // namespace caffe
