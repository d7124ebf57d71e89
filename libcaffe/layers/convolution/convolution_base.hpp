// What convolutions in either direction share: parameters, checks, shapes, the prepared operation.
#pragma once

#include <memory>
#include <vector>

#include "layers/base/layer.hpp"
#include "layers/base/roles.hpp"
#include "layers/base/traits.hpp"
#include "layers/convolution/convolution_geometry.hpp"

namespace caffe {

class ConvolutionBase : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, Arity::kAny, 1, Arity::kAny, true}; }
  std::string implementation() const override {
    return operation_ == nullptr ? "" : operation_->implementation();
  }
  // The convolution as it is now; its own sides are batch x channels x space.
  const ConvolutionSpec& spec() const { return spec_; }
  void init(const BlobPointers& bottom, const BlobPointers& top) override;
  void reshape(const BlobPointers& bottom, const BlobPointers& top) override;
  int64_t flops(const BlobPointers& bottom, const BlobPointers& top) const override;

 protected:
  struct Counts {
    int64_t outputs, group;
  };
  // Of a layer over `channels` channels.
  virtual Counts counts(int64_t channels) const;
  // Whether the prepared convolution leads from the top to the bottom.
  virtual bool transposed() const { return false; }

  const Shape& bottom_shape() const { return transposed() ? spec_.top : spec_.bottom; }
  const Shape& top_shape() const { return transposed() ? spec_.bottom : spec_.top; }
  bool bias() const { return blobs().size() > 1; }
  // Made when first asked for: a net that fuses the layer does not.
  Convolution& operation();
  // From now on the operation is one that has all gradients.
  void prepare_for_training();
  std::optional<Tensor> weight_diff();
  std::optional<Tensor> bias_diff();

 private:
  void check_counts(const Counts& wanted) const;
  void check_bottoms(const BlobPointers& bottom) const;

  int axis_ = 1, axes_ = 0;
  int64_t channels_ = 0, outputs_ = 0;
  ConvolutionGeometry geometry_;
  ConvolutionSpec spec_;
  bool forget_operations() override {
    operation_ = nullptr;
    return false;
  }

  std::unique_ptr<Convolution> operation_;
};

// See convolution.cpp.
class ConvolutionLayer : public ConvolutionBase, public ConvolutionRole {
 public:
  using ConvolutionBase::ConvolutionBase;

  static CoordinateMap coordinates(const LayerParameter& param);

  const ConvolutionSpec& convolution() const override { return spec(); }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override;
  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override;
};

}  // namespace caffe
