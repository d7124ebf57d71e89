// The bottom of a layer that may work in place, as its gradient needs it: what would be overwritten
// is kept, and the top written to other memory.
#pragma once

#include "core/blob.hpp"

namespace caffe {

class KeptBottom {
 public:
  // The bottom's values, to be read before `top` is written; they are kept when a backward follows.
  Tensor take(Blob& bottom, const Blob& top, bool runs_backward) {
    if (&bottom != &top || !runs_backward) return bottom.data();
    kept_.reshape(bottom.shape());
    bottom.data().hand_over(kept_.data());
    return kept_.data();
  }

  // Its values as they were.
  Tensor data(Blob& bottom, const Blob& top) { return (&bottom == &top ? kept_ : bottom).data(); }

 private:
  Blob kept_;
};

}  // namespace caffe
