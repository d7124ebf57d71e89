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

// Where step number `index` of a walk over some axes, the last one fastest, begins in both tensors.
struct Offsets {
  int64_t from = 0, to = 0;

  Offsets(const std::vector<Axis>& axes, int64_t index) {
    for (size_t axis = axes.size(); axis-- > 0;) {
      const int64_t at = index % axes[axis].extent;
      from += at * axes[axis].from;
      to += at * axes[axis].to;
      index /= axes[axis].extent;
    }
  }
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
                 for (int64_t task = begin; task < end; ++task) {
                   const Offsets at(outer, task / parts);
                   const int64_t first = task % parts * kLongest;
                   copy_run(x + at.from + first * run.from, run.from, y + at.to + first * run.to,
                            run.to, std::min(kLongest, run.extent - first), add != 0);
                 }
               });
}

void strided_sum(caffe_strides strides, int add, const float* x, float* y) {
  std::vector<Axis> kept, summed;
  for (int32_t i = 0; i < strides.axes; ++i) {
    const Axis axis = {strides.extents[i], strides.from[i], strides.to[i]};
    (axis.to == 0 ? summed : kept).push_back(axis);
  }
  Axis run = {1, 0, 0};
  if (!summed.empty()) run = summed.back(), summed.pop_back();
  const int64_t rows = steps(summed);
  parallel_for(steps(kept), grain_of(rows * run.extent), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Offsets at(kept, i);
      double sum = 0;
      for (int64_t row = 0; row < rows; ++row) {
        const float* values = x + at.from + Offsets(summed, row).from;
        for (int64_t k = 0; k < run.extent; ++k) sum += values[k * run.from];
      }
      y[at.to] = (add != 0 ? y[at.to] : 0) + static_cast<float>(sum);
    }
  });
}

}  // namespace caffe::reference
