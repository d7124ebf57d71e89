// Copies and sums along walks through two tensors (Strides in kernels.hpp).
#include <algorithm>
#include <cstring>
#include <vector>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

struct Axis {
  int64_t extent, from, to;
};

// Where a step of a walk over some axes, the last one fastest, lies in both tensors.
class Offsets {
 public:
  int64_t from = 0, to = 0;

  Offsets(const std::vector<Axis>& axes, int64_t index) : axes_(axes) {
    for (size_t axis = axes.size(); axis-- > 0;) {
      at_[axis] = index % axes[axis].extent;
      from += at_[axis] * axes[axis].from;
      to += at_[axis] * axes[axis].to;
      index /= axes[axis].extent;
    }
  }

  // The next step; behind the last one it is the first again.
  void next() {
    for (size_t axis = axes_.size(); axis-- > 0;) {
      from += axes_[axis].from;
      to += axes_[axis].to;
      if (++at_[axis] < axes_[axis].extent) return;
      from -= axes_[axis].extent * axes_[axis].from;
      to -= axes_[axis].extent * axes_[axis].to;
      at_[axis] = 0;
    }
  }

 private:
  const std::vector<Axis>& axes_;
  int64_t at_[CAFFE_MAX_AXES] = {};
};

int64_t steps(const std::vector<Axis>& axes) {
  int64_t product = 1;
  for (const Axis& axis : axes) product *= axis.extent;
  return product;
}

void copy_run(const float* x, int64_t from, float* y, int64_t to, int64_t count, bool add) {
  if (add) {
    for (int64_t i = 0; i < count; ++i) y[i * to] += x[i * from];
  } else if (from == 1 && to == 1) {
    std::memcpy(y, x, static_cast<size_t>(count) * sizeof(float));
  } else {
    for (int64_t i = 0; i < count; ++i) y[i * to] = x[i * from];
  }
}

}  // namespace

void strided_copy(caffe_strides strides, int add, const float* x, float* y) {
  std::vector<Axis> outer;
  for (int32_t i = 0; i + 1 < strides.axes; ++i) {
    outer.push_back({strides.extents[i], strides.from[i], strides.to[i]});
  }
  Axis run = {1, 1, 1};
  if (const int32_t last = strides.axes - 1; last >= 0) {
    run = {strides.extents[last], strides.from[last], strides.to[last]};
  }
  // Long runs are cut, so that one row gives several threads something to do.
  constexpr int64_t kLongest = 32 * 1024;
  const int64_t parts = std::max<int64_t>(divide_up(run.extent, kLongest), 1);
  parallel_for(steps(outer) * parts, grain_of(std::min(run.extent, kLongest)),
               [&](int64_t begin, int64_t end) {
                 Offsets at(outer, begin / parts);
                 for (int64_t task = begin; task < end; ++task) {
                   const int64_t first = task % parts * kLongest;
                   copy_run(x + at.from + first * run.from, run.from, y + at.to + first * run.to,
                            run.to, std::min(kLongest, run.extent - first), add != 0);
                   if (task % parts == parts - 1) at.next();
                 }
               });
}

// Some neighbours at once, so that reads follow memory when what is summed up lies farther apart.
void strided_sum(caffe_strides strides, int add, const float* x, float* y) {
  constexpr int64_t kMost = 64, kLongRun = 16;
  std::vector<Axis> kept, summed;
  for (int32_t i = 0; i < strides.axes; ++i) {
    const Axis axis = {strides.extents[i], strides.from[i], strides.to[i]};
    (axis.to == 0 ? summed : kept).push_back(axis);
  }
  Axis across = {1, 0, 0}, run = {1, 0, 0};
  if (!kept.empty()) across = kept.back(), kept.pop_back();
  if (!summed.empty()) run = summed.back(), summed.pop_back();
  const bool alone = run.from < across.from && run.extent >= kLongRun;
  const int64_t neighbours = alone ? 1 : kMost;
  const int64_t rows = steps(summed), blocks = divide_up(across.extent, neighbours);
  const int64_t work = rows * run.extent * std::min(across.extent, neighbours);
  parallel_for(steps(kept) * blocks, grain_of(work), [&](int64_t begin, int64_t end) {
    Offsets at(kept, begin / blocks);
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task % blocks * neighbours;
      const int64_t count = std::min(neighbours, across.extent - first);
      double sums[kMost] = {};
      Offsets row(summed, 0);
      for (int64_t i = 0; i < rows; ++i, row.next()) {
        const float* values = x + at.from + first * across.from + row.from;
        for (int64_t k = 0; k < run.extent; ++k, values += run.from) {
          for (int64_t j = 0; j < count; ++j) sums[j] += values[j * across.from];
        }
      }
      float* out = y + at.to + first * across.to;
      for (int64_t j = 0; j < count; ++j) {
        float& value = out[j * across.to];
        value = (add != 0 ? value : 0) + static_cast<float>(sums[j]);
      }
      if (task % blocks == blocks - 1) at.next();
    }
  });
}

}  // namespace caffe::reference
