#include "layers/pooling/mask.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/threads.hpp"

namespace caffe {

namespace {

// body(where the plane begins among the values, where in the top)
template <class Body>
void for_each_plane(const Shape& values, const Shape& top, const Body& body) {
  const int64_t small = values.count(2), large = top.count(2);
  parallel_for(values.count(0, 2), grain_of(large), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(i * small, i * large);
  });
}

}  // namespace

void check_mask(const Blob& mask, const Shape& top, const std::string& name) {
  const float* indices = mask.data().read();
  const auto plane = static_cast<float>(top.count(2));
  // False for NaN, too.
  const float* bad = std::find_if_not(indices, indices + mask.count(),
                                      [plane](float index) { return index > -1 && index < plane; });
  if (bad != indices + mask.count()) {
    fail(Status::kInvalidArgument, name, " holds index ", *bad, " at value ", bad - indices,
         "; the top's planes have ", top.count(2), " places (shape ", top, ")");
  }
}

void scatter_by_mask(ConstTensor values, ConstTensor mask, Tensor top) {
  const float *in = values.read(), *places = mask.read();
  float* out = top.write();
  const int64_t count = values.shape().count(2), plane = top.shape().count(2);
  for_each_plane(values.shape(), top.shape(), [=](int64_t from, int64_t to) {
    std::fill_n(out + to, plane, 0.0f);
    for (int64_t i = from; i < from + count; ++i) out[to + static_cast<int64_t>(places[i])] = in[i];
  });
}

void gather_by_mask(ConstTensor top, ConstTensor mask, Tensor values) {
  const float *in = top.read(), *places = mask.read();
  float* out = values.write();
  const int64_t count = values.shape().count(2);
  for_each_plane(values.shape(), top.shape(), [=](int64_t to, int64_t from) {
    for (int64_t i = to; i < to + count; ++i) out[i] = in[from + static_cast<int64_t>(places[i])];
  });
}

}  // namespace caffe
