#include "kernels/cpu/winograd/gradient.hpp"

#include <algorithm>

#include "kernels/cpu/thread_scratch.hpp"

namespace caffe {

namespace {

// V and D of the tiles that are worked on together are to stay in the last-level cache; but the
// products' sums are read and written once for each such part, so that it has kFewTiles at least.
constexpr int64_t kTransformed = 8 << 20;  // bytes
constexpr int64_t kFewTiles = 32, kManyTiles = 256;

// The one that is wanted, which is there: winograd_suits() has let no other size through.
template <class Transforms, size_t kCount, class Wanted>
const Transforms& find(const Transforms (&all)[kCount], const Wanted& wanted) {
  return *std::find_if(std::begin(all), std::end(all) - 1, wanted);
}

}  // namespace

WinogradGradient::WinogradGradient(const WinogradShape& shape, const Simd& simd)
    : shape_(shape),
      products_(simd.panel_products),
      transforms_(
          find(simd.winograd.gradients, [&](const auto& each) { return each.taps == shape.taps; })),
      operand_transforms_(find(simd.winograd.transforms,
                               [&](const auto& each) {
                                 return each.outputs + each.taps == transforms_.size + shape.taps;
                               })),
      n_(transforms_.size + shape.taps - 1),
      points_(n_ * n_),
      grid_(shape.images, shape.result, transforms_.size),
      blocks_(divide_up(shape.depth, kWinogradBlock)),
      panels_(divide_up(shape.columns, products_.panel)),
      zeros_(static_cast<size_t>(shape.groups * std::max(shape.depth, shape.columns))) {}

void WinogradGradient::run(const float* x, const float* dy, bool add, float* dw) {
  const int64_t weights = shape_.columns * shape_.depth * shape_.taps * shape_.taps;
  for (int64_t group = 0; group < shape_.groups; ++group) {
    run_group(x + group * shape_.depth, dy + group * shape_.columns, add, dw + group * weights);
  }
}

// Part by part of the tiles: all threads transform them, then all multiply, a point and a panel of
// the top's channels each. What the products have added up is transformed to taps at the end.
void WinogradGradient::run_group(const float* x, const float* dy, bool add, float* dw) {
  const int64_t panel = products_.panel;
  const int64_t tile_floats = points_ * (blocks_ * kWinogradBlock + panels_ * panel);
  const int64_t most = std::clamp<int64_t>(kTransformed / 4 / tile_floats, kFewTiles, kManyTiles);
  const int64_t parts = divide_up(grid_.tiles, most);
  // Products of a point: a panel's channels of all depths.
  const int64_t product = spread(shape_.depth * panel);
  float* const sums = thread_scratch(ScratchUse::kPartialSums, panels_ * points_ * product);
  for (int64_t part = 0; part < parts; ++part) {
    const WinogradTiles tiles = WinogradTiles{0, grid_.tiles}.cut(part, parts);
    const int64_t v_point = spread(blocks_ * tiles.count * kWinogradBlock);
    const int64_t d_point = spread(panels_ * tiles.count * panel);
    float* const v = thread_scratch(ScratchUse::kOperand, points_ * (v_point + d_point));
    float* const d = v + points_ * v_point;
    share_out(tiles.count, [&](int64_t i) {
      transform_tile(tiles.first + i, x, dy, v + i * kWinogradBlock, d + i * panel, tiles);
    });
    share_out(panels_ * points_, [&](int64_t i) {
      const int64_t point = i / panels_, columns = i % panels_;
      const float* right = d + point * d_point + columns * tiles.count * panel;
      float* to = sums + (columns * points_ + point) * product;
      for (int64_t block = 0; block < blocks_; ++block) {
        const int64_t depth = block * kWinogradBlock;
        products_.multiply_transposed(v + point * v_point + block * tiles.count * kWinogradBlock,
                                      std::min(kWinogradBlock, shape_.depth - depth), tiles.count,
                                      right, part > 0, to + depth * panel);
      }
    });
  }
  const int64_t plane = shape_.taps * shape_.taps;
  share_out(panels_ * blocks_, [&](int64_t i) {
    const int64_t column = i % panels_ * panel, depth = i / panels_ * kWinogradBlock;
    transforms_.weights(sums + i % panels_ * points_ * product + depth * panel, product,
                        std::min(panel, shape_.columns - column),
                        std::min(kWinogradBlock, shape_.depth - depth), add,
                        dw + (column * shape_.depth + depth) * plane, shape_.depth * plane);
  });
}

void WinogradGradient::transform_tile(int64_t tile, const float* x, const float* dy, float* v,
                                      float* d, WinogradTiles tiles) const {
  const float* places[64];  // n_ is at most 8
  WinogradPlace place = grid_.place(tile);
  const int64_t columns = shape_.groups * shape_.columns, depth = shape_.groups * shape_.depth;
  winograd_places(dy, shape_.result, columns, place, transforms_.size, zeros_.data(), places);
  transforms_.gradient(places, shape_.columns, transforms_.size * columns, d,
                       spread(panels_ * tiles.count * products_.panel),
                       tiles.count * products_.panel);
  place.row -= shape_.pad.height, place.column -= shape_.pad.width;
  winograd_places(x, shape_.operand, depth, place, n_, zeros_.data(), places);
  operand_transforms_.input(places, shape_.depth, transforms_.size * depth, v,
                            spread(blocks_ * tiles.count * kWinogradBlock),
                            tiles.count * kWinogradBlock);
}

}  // namespace caffe
