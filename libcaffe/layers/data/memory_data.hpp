// The layer that serves what the program hands to it; api/net.cpp reaches it by its class.
#pragma once

#include <vector>

#include "data/transformer.hpp"
#include "layers/base/layer.hpp"

namespace caffe {

class MemoryDataLayer final : public Layer {
 public:
  MemoryDataLayer(const LayerParameter& param, const LayerContext& context);

  Arity arity() const override { return {0, 0, 2, 3, false}; }
  void init(const BlobPointers& bottom, const BlobPointers& top) override;
  void reshape(const BlobPointers&, const BlobPointers&) override {}
  void forward(const BlobPointers& bottom, const BlobPointers& top) override;
  void backward(const BlobPointers&, const std::vector<bool>&, const BlobPointers&) override {}
  void seek(int64_t pass) override;

  // Replaces what is served by a copy of images of `shape`, N x C x H x W, and N labels, and begins
  // with the first of them. `transform`: as transform_param says.
  void set_arrays(const Shape& shape, const float* data, const float* labels, bool transform);

 private:
  // Of an item, and of the tops.
  Shape item_shape() const;
  Shape data_shape() const;
  void check_arrays(const Shape& shape, bool transform) const;

  const Transformer transformer_;
  int64_t batch_size_ = 0;
  std::vector<float> images_, labels_;
  int64_t next_ = 0;          // the item that the next batch begins with
  uint64_t transformed_ = 0;  // items so far: each draws from a block of its own
};

}  // namespace caffe
