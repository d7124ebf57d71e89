// The bottom of a layer that may work in place, as its gradient needs it: what is overwritten is
// copied before.
#pragma once

#include "kernels/kernels.hpp"

namespace caffe {

class KeptBottom {
 public:
  // Before `top` is written, when a backward will follow.
  void keep(Kernels& kernels, Blob& bottom, const Blob& top) {
    if (&bottom != &top) return;
    kept_.reshape(bottom.shape());
    kernels.copy(bottom.data(), kept_.data());
  }

  // Its values as they were.
  Tensor data(Blob& bottom, const Blob& top) { return (&bottom == &top ? kept_ : bottom).data(); }

 private:
  Blob kept_;
};

}  // namespace caffe
