// How the outputs of an inner product, with a row of weights each, are shared out to threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

// Calls body(first, outputs) for parts of all outputs on several threads.
template <class Body>
void for_output_parts(const InnerProductSpec& spec, const Body& body) {
  constexpr int64_t kPart = 8;  // as many rows of weights are read side by side
  const int64_t parts = divide_up(spec.outputs, kPart);
  parallel_for(parts, grain_of(spec.inputs * kPart), [&](int64_t begin, int64_t end) {
    body(begin * kPart, std::min(end * kPart, spec.outputs) - begin * kPart);
  });
}

}  // namespace caffe
