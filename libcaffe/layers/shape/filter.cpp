// Filter: hands on the items of a batch that a selector picks, those where it is not 0.
//
// Bottoms: blobs of any shapes with N items each, then the selector, N values, which has no
// gradient. Tops: one for each bottom but the selector, with as many items as are picked, in their
// order, which may be none; until the first forward N. Items that are not picked have the gradient
// 0. Not in place.
//
//   layer { name: "pick" type: "Filter" bottom: "feature" bottom: "label" bottom: "selector"
//           top: "picked_feature" top: "picked_label" }
#include <algorithm>

#include "layers/base/labels.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class FilterLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {2, Arity::kAny, 1, Arity::kAny, false}; }
  // The tops' shapes depend on the selector's values.
  bool reshape_always() const override { return true; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    if (top.size() + 1 != bottom.size()) {
      fail(Status::kInvalidArgument, "has ", bottom.size(), " bottoms and ", top.size(),
           " top(s); wanted is one top for each bottom but the last, the selector");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Blob& selector = *bottom.back();
    if (selector.axes() < 1 || selector.count() != selector.shape()[0]) {
      fail(Status::kShape, bottom_name(top.size()), " of shape ", selector.shape(),
           " must hold one value for each item");
    }
    if (selector.count() > kMostIndices) {
      fail(Status::kUnsupported, "picks from at most ", kMostIndices, " items, not ",
           selector.count());
    }
    for (size_t i = 0; i < top.size(); ++i) {
      const Shape& shape = bottom[i]->shape();
      if (shape.axes() < 1 || shape[0] != selector.count()) {
        fail(Status::kShape, bottom_name(i), " of shape ", shape, " must have ", selector.count(),
             " items, as many as the selector ", bottom_name(top.size()));
      }
    }
    std::vector<float> picked;
    const float* chosen = selector.data().read();
    for (int64_t n = 0; n < selector.count(); ++n) {
      if (set_up_ && chosen[n] == 0) continue;
      picked.push_back(static_cast<float>(n));
    }
    set_up_ = true;
    picked_.reshape({static_cast<int64_t>(picked.size())});
    std::copy(picked.begin(), picked.end(), picked_.data().write());
    for (size_t i = 0; i < top.size(); ++i) {
      std::vector<int64_t> dims = bottom[i]->shape().dims();
      dims[0] = picked_.count();
      top[i]->reshape(Shape(dims));
    }
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    for (size_t i = 0; i < top.size(); ++i) {
      kernels().gather_rows(bottom[i]->data(), picked_.data(), bottom[i]->shape().count(1),
                            top[i]->data());
    }
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[top.size()]) {
      fail(Status::kUnsupported, bottom_name(top.size()),
           " is the selector, which has no gradient");
    }
    for (size_t i = 0; i < top.size(); ++i) {
      if (!propagate_down[i]) continue;
      kernels().fill(0, bottom[i]->diff());
      kernels().add_rows(top[i]->diff(), picked_.data(), bottom[i]->shape().count(1),
                         bottom[i]->diff());
    }
  }

 private:
  bool set_up_ = false;  // the selector has values only after
  Blob picked_;          // the indices of the items
};

const LayerRegistration<FilterLayer> registration("Filter");

}  // namespace
}  // namespace caffe
