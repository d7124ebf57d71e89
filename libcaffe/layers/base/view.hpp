// The base of Flatten and Reshape: the bottom's values under another shape.
#pragma once

#include "layers/base/layer.hpp"

namespace caffe {

class ViewLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override;
  void forward(const BlobPointers& bottom, const BlobPointers& top) override;
  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override;

  int64_t flops(const BlobPointers&, const BlobPointers&) const override { return 0; }

 protected:
  // The top's shape, of as many values as the bottom's.
  virtual Shape view_of(const BlobPointers& bottom) const = 0;
};

// Makes `top` have the values of `bottom`, which has as many, without a copy.
void share_values(const Blob& bottom, Blob& top);

}  // namespace caffe
