// Layers whose tops are a function of one bottom, value by value: any shape, in place allowed.
#pragma once

#include "kernels/functors.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/traits.hpp"

namespace caffe {

// A derived layer sets `function_` in init(), which it ends with ElementwiseLayer::init().
template <class Function>
class ElementwiseLayer : public Layer {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    keep_bottom_ = Function::kNeedsBottom && bottom[0] == top[0];
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const bool in_place = bottom[0] == top[0];
    // In place y stands in for x.
    keep_top_ = top_changes(0) && (Function::kNeedsTop || (in_place && !keep_bottom_));
    top[0]->reshape(bottom[0]->shape());
    if (keep_bottom_) kept_bottom_.reshape(bottom[0]->shape());
    if (keep_top_) kept_top_.reshape(bottom[0]->shape());
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (keep_bottom_ && runs_backward()) kernels().copy(bottom[0]->data(), kept_bottom_.data());
    kernels().map(functor::named(function_), bottom[0]->data(), top[0]->data());
    if (keep_top_ && runs_backward()) kernels().copy(top[0]->data(), kept_top_.data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    Blob& y = keep_top_ ? kept_top_ : *top[0];
    Blob& x = keep_bottom_ ? kept_bottom_ : bottom[0] == top[0] ? y : *bottom[0];
    kernels().map_backward(functor::named(function_), x.data(), y.data(), top[0]->diff(),
                           bottom[0]->diff());
  }

 protected:
  void keep_bottom() { keep_bottom_ = true; }

  Function function_{};

 private:
  bool keep_bottom_ = false, keep_top_ = false;
  Blob kept_bottom_, kept_top_;  // when they are overwritten and the gradient needs them
};

}  // namespace caffe
