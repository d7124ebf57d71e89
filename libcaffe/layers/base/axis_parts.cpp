#include "layers/base/axis_parts.hpp"

#include <cstring>

#include "core/order.hpp"
#include "core/threads.hpp"

namespace caffe {

namespace {

// A part's run within each run of the whole; its values are its own memory's.
template <class Pointer>
struct Run {
  Pointer values;
  int64_t offset, length;
};

// Calls copy(part's values, place within the whole, count) for all runs, those of the whole in
// order.
template <class Pointer, class Copy>
void for_each_run(const std::vector<Run<Pointer>>& parts, const ChannelView& whole,
                  const Copy& copy) {
  const int64_t step = whole.channels * whole.inner;
  parallel_for(whole.outer, grain_of(step), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      for (const Run<Pointer>& part : parts) {
        copy(part.values + i * part.length, i * step + part.offset, part.length);
      }
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
  const ChannelView order = order_at(place, whole.shape(), axis);
  std::vector<Run<const float*>> from;
  int64_t offset = 0;
  for (const ConstTensor& part : parts) {
    const int64_t length = part.shape()[axis] * order.inner;
    if (length > 0) from.push_back({part.read(place), offset, length});
    offset += length;
  }
  float* to = whole.write(place);
  for_each_run(from, order, [=](const float* values, int64_t at, int64_t count) {
    std::memcpy(to + at, values, static_cast<size_t>(count) * sizeof(float));
  });
}

void split_parts(ConstTensor whole, int axis, const std::vector<int64_t>& extents,
                 const std::vector<std::optional<Tensor>>& parts) {
  const Place place = keeps_order(axis) ? whole.host_place() : Place::kHost;
  const ChannelView order = order_at(place, whole.shape(), axis);
  const float* from = whole.read(place);
  std::vector<Run<float*>> to;
  int64_t offset = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const int64_t length = extents[i] * order.inner;
    if (parts[i] && length > 0) to.push_back({parts[i]->write(place), offset, length});
    offset += length;
  }
  for_each_run(to, order, [=](float* values, int64_t at, int64_t count) {
    std::memcpy(values, from + at, static_cast<size_t>(count) * sizeof(float));
  });
}

}  // namespace caffe
