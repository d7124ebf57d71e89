// Layers whose tops are a function of one bottom, value by value: any shape, in place allowed.
#pragma once

#include "core/threads.hpp"
#include "layers/base/elementwise_functors.hpp"
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
    if constexpr (requires { function_.curve(); }) {
      kernels().curve(function_.curve(), bottom[0]->data(), top[0]->data());
    } else {
      map_values(bottom[0]->data(), top[0]->data());
    }
    if (keep_top_ && runs_backward()) kernels().copy(top[0]->data(), kept_top_.data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const Place place = top[0]->diff().host_place();
    Blob& y_blob = keep_top_ ? kept_top_ : *top[0];
    Blob& x_blob = keep_bottom_ ? kept_bottom_ : bottom[0] == top[0] ? y_blob : *bottom[0];
    const float* x = x_blob.data().read(place);
    const float* y = y_blob.data().read(place);
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

  void map_values(ConstTensor bottom, Tensor top) const {
    const Place place = bottom.host_place();
    const float* x = bottom.read(place);
    float* y = top.write(place);
    const Function function = function_;
    parallel_for(bottom.count(), kGrain, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) y[i] = function.forward(x[i]);
    });
  }

  bool keep_bottom_ = false, keep_top_ = false;
  Blob kept_bottom_, kept_top_;  // when they are overwritten and the gradient needs them
};

}  // namespace caffe
