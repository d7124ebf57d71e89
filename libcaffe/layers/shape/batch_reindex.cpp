// BatchReindex: picks items of a batch: y[i] = x[index[i]]. Items may be left out, and repeated;
// the gradients of repeated ones add up.
//
// Bottoms: items, N x anything; a vector of indices 0 .. N - 1, cut to whole numbers, which have no
// gradient. Top: as many items as there are indices. Not in place.
//
//   layer { name: "pick" type: "BatchReindex" bottom: "feature" bottom: "index" top: "picked" }
#include "layers/base/labels.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class BatchReindexLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(2, 1); }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() < 1) fail(Status::kShape, bottom_name(0), " must have at least one axis");
    if (bottom[1]->axes() != 1) {
      fail(Status::kShape, bottom_name(1), " of shape ", bottom[1]->shape(),
           " must have one axis, along which the indices lie");
    }
    std::vector<int64_t> dims = shape.dims();
    dims[0] = bottom[1]->count();
    width_ = shape.count(1);
    top[0]->reshape(Shape(dims));
    indices_.reshape(bottom[1]->shape());
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    check_indices(*bottom[1], bottom_name(1), bottom[0]->shape()[0]);
    kernels().copy(bottom[1]->data(), indices_.data());
    kernels().gather_rows(bottom[0]->data(), indices_.data(), width_, top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[1]) {
      fail(Status::kUnsupported, bottom_name(1), " holds indices, which have no gradient");
    }
    if (!propagate_down[0]) return;
    kernels().fill(0, bottom[0]->diff());
    kernels().add_rows(top[0]->diff(), indices_.data(), width_, bottom[0]->diff());
  }

 private:
  int64_t width_ = 0;
  Blob indices_;  // of the last forward
};

const LayerRegistration<BatchReindexLayer> registration("BatchReindex");

}  // namespace
}  // namespace caffe
