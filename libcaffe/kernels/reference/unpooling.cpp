// The way back from a pooling: windows of the top that values of the bottom are spread over.
#include <algorithm>
#include <vector>

#include "core/threads.hpp"
#include "kernels/pooling_window.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

// The windows along one axis.
struct Axis {
  int64_t size;
  std::vector<PoolingWindow> windows;
  std::vector<float> shares;  // of each place of the top: 1 over the windows that are over it

  Axis(int64_t count, int64_t kernel, int64_t stride, int64_t pad, int64_t top, bool wants_shares)
      : size(top), shares(static_cast<size_t>(top), wants_shares ? 0.0f : 1.0f) {
    for (int64_t i = 0; i < count; ++i) {
      const PoolingWindow& window = windows.emplace_back(i, kernel, stride, pad, size);
      if (!wants_shares) continue;
      for (int64_t at = window.begin; at < window.end; ++at) ++shares[static_cast<size_t>(at)];
    }
    for (float& share : shares) share = share > 0 ? 1 / share : 0;
  }
};

struct Windows {
  Axis rows, columns;
  bool averages, shares;
  int64_t planes;

  explicit Windows(const caffe_unpooling_spec& spec)
      : rows(spec.bottom_h, spec.kernel_h, spec.stride_h, spec.pad_h, spec.top_h, spec.shares != 0),
        columns(spec.bottom_w, spec.kernel_w, spec.stride_w, spec.pad_w, spec.top_w,
                spec.shares != 0),
        averages(spec.averages != 0),
        shares(spec.shares != 0),
        planes(spec.planes) {}

  float factor(const PoolingWindow& row, const PoolingWindow& column) const {
    return averages ? 1 / static_cast<float>(average_divisor(row, column)) : 1;
  }

  void spread(const float* values, float* plane) const {
    std::fill_n(plane, rows.size * columns.size, 0.0f);
    for (const PoolingWindow& row : rows.windows) {
      for (const PoolingWindow& column : columns.windows) {
        const float share = *values++ * factor(row, column);
        for (int64_t h = row.begin; h < row.end; ++h) {
          for (int64_t w = column.begin; w < column.end; ++w) plane[h * columns.size + w] += share;
        }
      }
    }
    if (!shares) return;
    for (const float row : rows.shares) {
      for (const float column : columns.shares) *plane++ *= row * column;
    }
  }

  void gather(const float* plane, float* values) const {
    for (const PoolingWindow& row : rows.windows) {
      for (const PoolingWindow& column : columns.windows) {
        double sum = 0;
        for (int64_t h = row.begin; h < row.end; ++h) {
          for (int64_t w = column.begin; w < column.end; ++w) {
            sum += plane[h * columns.size + w] * rows.shares[static_cast<size_t>(h)] *
                   columns.shares[static_cast<size_t>(w)];
          }
        }
        *values++ = static_cast<float>(sum) * factor(row, column);
      }
    }
  }

  // body(where the plane begins in the bottom, where in the top)
  template <class Body>
  void for_each_plane(const Body& body) const {
    const auto small = static_cast<int64_t>(rows.windows.size() * columns.windows.size());
    const int64_t large = rows.size * columns.size;
    parallel_for(planes, grain_of(large), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) body(i * small, i * large);
    });
  }
};

}  // namespace

void unpooling(const float* x, caffe_unpooling_spec spec, float* y) {
  const Windows windows(spec);
  windows.for_each_plane([&](int64_t from, int64_t to) { windows.spread(x + from, y + to); });
}

void unpooling_backward(const float* dy, caffe_unpooling_spec spec, float* dx) {
  const Windows windows(spec);
  windows.for_each_plane([&](int64_t to, int64_t from) { windows.gather(dy + from, dx + to); });
}

}  // namespace caffe::reference
