// Functions per channel are folded into the convolution's weights and bias; the sum and the
// activation are the kernel's.
#include "net/fused_step.hpp"

namespace caffe {

namespace {

class FusedConvolution final : public FusedStep {
 public:
  FusedConvolution(const ConvolutionChain& chain, Kernels& kernels)
      : chain_(chain), kernels_(kernels), values_(chain.followers) {
    folded_layers_ = chain.followers.affine;
    folded_layers_.push_back(chain.layer);
  }

  void run() override {
    if (chain_.joint) follow_shape();
    prepare();
    const int64_t channels = spec_.top[1];
    FusedOperands operands;
    if (spec_.addend) operands.addend = chain_.followers.addend->data();
    operands.slopes = values_.slopes(channels);
    const bool folds = !chain_.followers.affine.empty();
    if (folds) fold(channels);
    const auto& own = chain_.layer->blobs();
    const ConstTensor weights = folds ? std::as_const(weights_).data() : own[0]->data();
    std::optional<ConstTensor> bias;
    if (spec_.bias) bias = folds ? std::as_const(bias_).data() : own[1]->data();
    operation_->forward(chain_.bottom->data(), weights, bias, operands, chain_.top->data());
  }

  std::string implementation() const override {
    return operation_ == nullptr ? "" : operation_->implementation();
  }

 private:
  // Shapes may be known late, and the layer that joins the parts is told behind the last one.
  void follow_shape() {
    std::vector<int64_t> dims = chain_.role->convolution().top.dims();
    dims[1] = chain_.top->shape()[1];
    chain_.top->reshape(Shape(dims));
  }

  void prepare() {
    const ConvolutionSpec& own = chain_.role->convolution();
    if (operation_ != nullptr && own.bottom == spec_.bottom && own.top == spec_.top) return;
    spec_ = own;
    spec_.bias = own.bias || !chain_.followers.affine.empty();
    spec_.addend = chain_.followers.addend != nullptr;
    spec_.activation = values_.activation();
    if (chain_.joint) {
      spec_.joint_channels = chain_.top->shape()[1];
      spec_.first_channel = chain_.first_channel;
    }
    operation_ = kernels_.convolution(spec_);
  }

  void fold(int64_t channels) {
    std::vector<uint64_t> versions = versions_of(folded_layers_);
    if (versions == folded_versions_) return;
    ChannelCoefficients map = values_.coefficients(channels);
    const auto& own = chain_.layer->blobs();
    weights_.reshape(own[0]->shape());
    const float* from = own[0]->data().read();
    const float* bias = own.size() > 1 ? own[1]->data().read() : nullptr;
    float* to = weights_.data().write();
    const int64_t size = own[0]->count() / channels;
    for (int64_t c = 0; c < channels; ++c) {
      const auto scale = static_cast<float>(map.scale[static_cast<size_t>(c)]);
      for (int64_t i = c * size; i < (c + 1) * size; ++i) to[i] = scale * from[i];
      if (bias != nullptr) {
        map.shift[static_cast<size_t>(c)] += map.scale[static_cast<size_t>(c)] * bias[c];
      }
    }
    set_values(bias_, map.shift);
    folded_versions_ = std::move(versions);
  }

  const ConvolutionChain chain_;
  Kernels& kernels_;
  FollowerValues values_;
  ConvolutionSpec spec_;
  std::unique_ptr<Convolution> operation_;
  std::vector<const Layer*> folded_layers_;
  std::vector<uint64_t> folded_versions_;
  Blob weights_, bias_;
};

}  // namespace

std::unique_ptr<FusedStep> fused_convolution(const ConvolutionChain& chain, Kernels& kernels) {
  return std::make_unique<FusedConvolution>(chain, kernels);
}

}  // namespace caffe
