// Layers whose tops are a function of one bottom, value by value: any shape, in place allowed.
#pragma once

#include "core/threads.hpp"
#include "layers/elementwise_functors.hpp"
#include "layers/layer.hpp"

namespace caffe {

// A derived layer sets `function_` in init(), which it ends with ElementwiseLayer::init().
template <class Function>
class ElementwiseLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    keep_bottom_ = Function::kNeedsBottom && bottom[0] == top[0];
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    top[0]->reshape(bottom[0]->shape());
    if (keep_bottom_) kept_.reshape(bottom[0]->shape());
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (keep_bottom_ && runs_backward()) kernels().copy(bottom[0]->data(), kept_.data());
    const Place place = bottom[0]->data().host_place();
    const float* x = bottom[0]->data().read(place);
    float* y = top[0]->data().write(place);
    const Function function = function_;
    parallel_for(bottom[0]->count(), kGrain, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) y[i] = function.forward(x[i]);
    });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const Place place = top[0]->diff().host_place();
    const float* x = (keep_bottom_ ? kept_ : *bottom[0]).data().read(place);
    const float* y = top[0]->data().read(place);
    const float* dy = top[0]->diff().read(place);
    float* dx = bottom[0]->diff().write(place);
    const Function function = function_;
    parallel_for(bottom[0]->count(), kGrain, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) dx[i] = function.gradient(x[i], y[i], dy[i]);
    });
  }

 protected:
  void keep_bottom() { keep_bottom_ = true; }

  Function function_{};

 private:
  static constexpr int64_t kGrain = 4096;

  bool keep_bottom_ = false;
  Blob kept_;  // the bottom, when it is overwritten and the gradient needs it
};

}  // namespace caffe
