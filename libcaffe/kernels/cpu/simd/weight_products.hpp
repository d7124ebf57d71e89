// The gradients of an inner product whose rows are few: what takes the time is going through the
// weights or their gradients, which each product does once, several rows of them side by side and
// in the order in which they lie. All sums are in an order that shapes alone determine.
#pragma once

#include <cstdint>

namespace caffe {

// x is rows x inputs, dy is rows x outputs, w is outputs x inputs.
struct FewRows {
  static constexpr int64_t kInputs = 64;  // the inputs are a multiple of so many

  int64_t rows, inputs, outputs;
};

struct WeightProducts {
  // dx = dy times w for inputs [begin, end), both multiples of kInputs; `transposed` is dy so.
  void (*backward_data)(const FewRows& p, const float* transposed, const float* w, int64_t begin,
                        int64_t end, float* dx);
  // dw = dy transposed times x for outputs [begin, end); with `add` it is added to dw.
  void (*backward_weights)(const FewRows& p, const float* x, const float* dy, int64_t begin,
                           int64_t end, bool add, float* dw);
};

}  // namespace caffe
