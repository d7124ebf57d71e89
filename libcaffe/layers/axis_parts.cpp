#include "layers/axis_parts.hpp"

#include <algorithm>
#include <cstring>

#include "core/threads.hpp"

namespace caffe {

namespace {

// The copies in one order of the values: `outer` times a run of whole * inner values.
struct Runs {
  Place place;
  int64_t outer, inner;

  Runs(const Shape& whole, int axis, Place wanted)
      : place(wanted), outer(whole.count(0, axis)), inner(whole.count(axis + 1)) {
    if (place == Place::kHostNhwc && axis == 1) {
      outer = whole[0] * whole.count(2);
      inner = 1;
    }
  }
};

// Copies runs of `length` values, one every `to_step` and `from_step` values.
void copy_runs(float* to, int64_t to_step, const float* from, int64_t from_step, int64_t length,
               int64_t outer) {
  if (length == 0) return;
  const int64_t grain = std::max<int64_t>(1, 16384 / length);
  parallel_for(outer, grain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      std::memcpy(to + i * to_step, from + i * from_step,
                  static_cast<size_t>(length) * sizeof(float));
    }
  });
}

// Channels-last values stay so along the axes that keep their places in it.
bool keeps_order(int axis) {
  return axis <= 1;
}

}  // namespace

void join_parts(const std::vector<ConstTensor>& parts, int axis, Tensor whole) {
  // The order in which more of the values lie only.
  int64_t last_only = 0, plain_only = 0;
  for (const ConstTensor& part : parts) {
    const bool plain = part.valid(Place::kHost), last = part.valid(Place::kHostNhwc);
    if (last && !plain) last_only += part.count();
    if (plain && !last) plain_only += part.count();
  }
  const bool stays = keeps_order(axis) && last_only > plain_only;
  const Place place = stays ? Place::kHostNhwc : Place::kHost;
  const Runs runs(whole.shape(), axis, place);
  const int64_t step = whole.shape()[axis] * runs.inner;
  float* to = whole.write(place);
  for (const ConstTensor& part : parts) {
    const int64_t length = part.shape()[axis] * runs.inner;
    copy_runs(to, step, part.read(place), length, length, runs.outer);
    to += length;
  }
}

void split_parts(ConstTensor whole, int axis, const std::vector<int64_t>& extents,
                 const std::vector<std::optional<Tensor>>& parts) {
  const Runs runs(whole.shape(), axis, keeps_order(axis) ? whole.host_place() : Place::kHost);
  const int64_t step = whole.shape()[axis] * runs.inner;
  const float* from = whole.read(runs.place);
  for (size_t i = 0; i < parts.size(); ++i) {
    const int64_t length = extents[i] * runs.inner;
    if (parts[i]) {
      copy_runs(parts[i]->write(runs.place), length, from, step, length, runs.outer);
    }
    from += length;
  }
}

}  // namespace caffe
