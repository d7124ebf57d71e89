// Where the tiles of a Winograd convolution lie, and how they are shared out to threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "core/divide_up.hpp"
#include "core/threads.hpp"

namespace caffe {

struct WinogradPlane {
  int64_t height, width;
};

// The first row and column of a tile, and its image.
struct WinogradPlace {
  int64_t image, row, column;
};

struct WinogradTiles {
  int64_t first, count;

  // Part `part` of `parts` of nearly one size.
  WinogradTiles cut(int64_t part, int64_t parts) const {
    const int64_t begin = count * part / parts;
    return {first + begin, count * (part + 1) / parts - begin};
  }
};

// Images covered by square tiles, row by row.
struct WinogradGrid {
  WinogradGrid(int64_t images, WinogradPlane plane, int64_t size)
      : size(size),
        rows(divide_up(plane.height, size)),
        columns(divide_up(plane.width, size)),
        tiles(images * rows * columns) {}

  WinogradPlace place(int64_t tile) const {
    const int64_t image = rows * columns;
    return {tile / image, tile % image / columns * size, tile % columns * size};
  }

  int64_t size, rows, columns, tiles;
};

// The n x n places from `place` on of channels-last images; those outside are at `zeros`.
inline void winograd_places(const float* values, WinogradPlane plane, int64_t channels,
                            WinogradPlace place, int64_t n, const float* zeros,
                            const float** places) {
  const float* image = values + place.image * plane.height * plane.width * channels;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = place.row + i;
    for (int64_t j = 0; j < n; ++j) {
      const int64_t column = place.column + j;
      const bool inside = row >= 0 && row < plane.height && column >= 0 && column < plane.width;
      *places++ = inside ? image + (row * plane.width + column) * channels : zeros;
    }
  }
}

// Floats, rounded up to an odd number of cache lines: what lies so far apart does not share a set
// of a cache.
inline int64_t spread(int64_t floats) {
  return (divide_up(floats, 16) | 1) * 16;
}

// body(i, own) for every i in [0, count), the next one by whichever thread is free; `own` is what
// begin() has given the thread. Each of them calls it, also one for which nothing is left, so that
// the memory that threads have does not depend on who comes first.
template <class Begin, class Body>
void share_out(int64_t count, const Begin& begin, const Body& body) {
  std::atomic<int64_t> next{0};
  parallel_for_throwing(std::min<int64_t>(count, num_threads()), [&](int64_t) {
    const auto own = begin();
    for (int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) body(i, own);
  });
}

template <class Body>
void share_out(int64_t count, const Body& body) {
  share_out(count, [] { return 0; }, [&](int64_t i, int) { body(i); });
}

}  // namespace caffe
