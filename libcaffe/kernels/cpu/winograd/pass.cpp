#include "kernels/cpu/winograd/pass.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/made_once.hpp"
#include "kernels/cpu/thread_scratch.hpp"

namespace caffe {

namespace {

// Bytes of transformed weights that are kept: always, and where there are so few tiles that
// transforming them again takes long beside the products.
constexpr int64_t kKeptWeights = 4 << 20, kKeptForFew = 12 << 20;
constexpr int64_t kFewForWeights = 32;
constexpr int64_t kOperand = 8 << 20;  // bytes of V
constexpr int64_t kDepth = 64;         // of weights transformed in passing
constexpr int64_t kOperandPart = 12, kProductPart = 45;
constexpr int64_t kFewTiles = 14, kManyTiles = 56;

// Of a core.
int64_t cache_bytes() {
  static MadeOnce<int64_t> bytes;
  return bytes.get([] {
    const int64_t found = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return std::clamp<int64_t>(found, 256 << 10, 2 << 20);
  });
}

const WinogradTransforms& find(const WinogradLoops& loops, int64_t outputs, int64_t taps) {
  return *std::find_if(
      std::begin(loops.transforms), std::end(loops.transforms) - 1,
      [&](const WinogradTransforms& each) { return each.outputs == outputs && each.taps == taps; });
}

}  // namespace

WinogradPass::WinogradPass(const WinogradShape& shape, const Simd& simd)
    : shape_(shape),
      products_(simd.panel_products),
      transforms_(find(simd.winograd, shape.outputs, shape.taps)),
      points_((shape.outputs + shape.taps - 1) * (shape.outputs + shape.taps - 1)),
      grid_(shape.images, shape.result, shape.outputs),
      panels_(divide_up(shape.columns, products_.panel)),
      kept_(keeps_weights()),
      zeros_(static_cast<size_t>(shape.groups * shape.depth)) {}

void WinogradPass::run(const float* operand, uint64_t version, const WinogradResult& result) {
  if (kept_) keep_weights(version);
  const int64_t threads = num_threads();
  const int64_t least = divide_up(tiles(), kFewTiles) * shape_.groups;
  if (kept_ ? least >= 2 * threads : divide_up(tiles(), most_tiles()) >= threads) {
    run_privately(operand, result);
  } else {
    run_together(operand, result);
  }
}

// As many as weights transformed in passing should be used for.
int64_t WinogradPass::most_tiles() const {
  return std::max(std::min(kOperand / (tile_bytes() * shape_.groups),
                           cache_bytes() * kProductPart / 100 / (points_ * 4 * products_.panel)),
                  kFewTiles);
}

void WinogradPass::keep_weights(uint64_t version) {
  if (version_ == version) return;
  const int64_t point = shape_.depth * products_.panel, panel = points_ * point;
  version_ = 0;
  float* const to = weights_.get(shape_.groups * panels_ * panel);
  share_out(shape_.groups * panels_, [&](int64_t i) {
    WinogradWeights from = groups_[static_cast<size_t>(i / panels_)];
    const int64_t first = i % panels_ * products_.panel;
    from.values += first * from.column_stride;
    transforms_.weights(from, std::min(products_.panel, shape_.columns - first), shape_.depth,
                        to + i * panel, point);
  });
  version_ = version;
}

// Each thread goes all the way with some tiles at a time. With weights that are kept they stay in
// its core's cache.
void WinogradPass::run_privately(const float* operand, const WinogradResult& result) {
  const int64_t threads = num_threads();
  const int64_t most = kept_
                           ? std::clamp<int64_t>(cache_bytes() * kOperandPart / 100 / tile_bytes(),
                                                 kFewTiles / 2, kManyTiles)
                           : most_tiles();
  // So few blocks that one more or less counts are as many for each thread.
  int64_t blocks = divide_up(tiles(), most);
  if (blocks < 8 * threads) {
    if (kept_) blocks = std::max(blocks, std::min(divide_up(tiles(), kFewTiles), 4 * threads));
    blocks = divide_up(blocks, threads) * threads;
  }
  const int64_t largest = divide_up(tiles(), blocks);
  const auto room = [&] {
    return thread_scratch(ScratchUse::kResults, transformed_size(largest) + product_size(largest));
  };
  share_out(blocks * shape_.groups, room, [&](int64_t i, float* scratch) {
    const int64_t group = i / blocks;
    const WinogradTiles some = WinogradTiles{0, tiles()}.cut(i % blocks, blocks);
    const int64_t size = transformed_size(some.count);
    const Transformed v = transformed(scratch, some.count);
    for (int64_t tile = 0; tile < some.count; ++tile) {
      transform_tile(operand, group, some.first + tile, 0, shape_.depth, v, tile);
    }
    for (int64_t panel = 0; panel < panels_; ++panel) {
      multiply_panel(group, panel, panel + 1, v, some, scratch + size, result);
    }
  });
}

// All threads transform many tiles, then each multiplies them with some of the weights.
void WinogradPass::run_together(const float* operand, const WinogradResult& result) {
  constexpr int64_t kChannels = 64;  // transformed at once
  const int64_t blocks = divide_up(tiles(), most_tiles()),
                channel_parts = divide_up(shape_.depth, kChannels);
  const int64_t panels = panels_ * shape_.groups, threads = num_threads();
  for (int64_t block = 0; block < blocks; ++block) {
    const WinogradTiles some = WinogradTiles{0, tiles()}.cut(block, blocks);
    const int64_t size = transformed_size(some.count);
    float* const values = thread_scratch(ScratchUse::kOperand, size * shape_.groups);
    // A thread's tiles and channels lie together: neighbouring lines are not another's.
    const int64_t runs = std::clamp<int64_t>(some.count / kFewTiles, 1,
                                             divide_up(4 * threads, shape_.groups * channel_parts));
    share_out(shape_.groups * channel_parts * runs, [&](int64_t i) {
      const WinogradTiles run = WinogradTiles{0, some.count}.cut(i % runs, runs);
      const int64_t begin = i / runs % channel_parts * kChannels;
      const int64_t group = i / runs / channel_parts;
      for (int64_t tile = run.first; tile < run.first + run.count; ++tile) {
        transform_tile(operand, group, some.first + tile, begin,
                       std::min(shape_.depth, begin + kChannels),
                       transformed(values + group * size, some.count), tile);
      }
    });
    // Where weights need not be transformed again, few panels are divided to keep all threads busy.
    const int64_t parts =
        !kept_ || panels >= 4 * threads
            ? 1
            : std::clamp<int64_t>(some.count / (kFewTiles / 2), 1, divide_up(4 * threads, panels));
    const auto room = [&] {
      return thread_scratch(ScratchUse::kResults, product_size(divide_up(some.count, parts)));
    };
    share_out(panels * parts, room, [&](int64_t i, float* scratch) {
      const int64_t panel = i / parts;
      const WinogradTiles part = some.cut(i % parts, parts);
      const int64_t group = panel / panels_;
      Transformed v = transformed(values + group * size, some.count);
      v.values += (part.first - some.first) * kWinogradBlock;
      multiply_panel(group, panel % panels_, panel % panels_ + threads, v, part, scratch, result);
    });
  }
}

bool WinogradPass::keeps_weights() const {
  const int64_t bytes = points_ * shape_.depth * panels_ * products_.panel * shape_.groups * 4;
  return bytes <= (tiles() <= kFewForWeights ? kKeptForFew : kKeptWeights);
}

int64_t WinogradPass::transformed_size(int64_t tiles) const {
  return transformed(nullptr, tiles).point * points_;
}

WinogradPass::Transformed WinogradPass::transformed(float* values, int64_t tiles) const {
  const int64_t block = tiles * kWinogradBlock;
  return {values, spread(divide_up(shape_.depth, kWinogradBlock) * block), block};
}

void WinogradPass::transform_tile(const float* operand, int64_t group, int64_t tile, int64_t begin,
                                  int64_t end, const Transformed& to, int64_t index) const {
  WinogradPlace place = grid_.place(tile);
  place.row -= shape_.pad.height, place.column -= shape_.pad.width;
  const int64_t channels = shape_.groups * shape_.depth;
  const float* places[64];
  winograd_places(operand + group * shape_.depth + begin, shape_.operand, channels, place,
                  shape_.outputs + shape_.taps - 1, zeros_.data(), places);
  transforms_.input(places, end - begin, shape_.outputs * channels,
                    to.values + begin / kWinogradBlock * to.block + index * kWinogradBlock,
                    to.point, to.block);
}

WinogradWeights WinogradPass::weights_at(int64_t group, int64_t panel, int64_t depth) const {
  WinogradWeights weights = groups_[static_cast<size_t>(group)];
  weights.values += panel * products_.panel * weights.column_stride + depth * weights.depth_stride;
  return weights;
}

// What of weights to fetch during the product of a point, so that all have come from memory when
// the products are done.
Ahead WinogradPass::part_of(const WinogradWeights& weights, int64_t columns, int64_t depth,
                            int64_t point) const {
  const int64_t plane = shape_.taps * shape_.taps;
  const bool dense = weights.depth_stride == plane;  // along the depth, else along columns
  const int64_t runs = dense ? columns : depth;
  const int64_t stride = dense ? weights.column_stride : weights.depth_stride;
  const int64_t first = runs * point / points_;
  return {weights.values + first * stride, runs * (point + 1) / points_ - first,
          (dense ? depth : columns) * plane, stride};
}

// M, and the weights when they are transformed in passing.
int64_t WinogradPass::product_size(int64_t tiles) const {
  const int64_t weights = kept_ ? 0 : spread(std::min(shape_.depth, kDepth) * products_.panel);
  return points_ * (spread(tiles * products_.panel) + weights);
}

void WinogradPass::multiply_panel(int64_t group, int64_t panel, int64_t next_panel,
                                  const Transformed& v, WinogradTiles tiles, float* scratch,
                                  const WinogradResult& result) const {
  const int64_t point_stride = spread(tiles.count * products_.panel);
  const int64_t first = panel * products_.panel;
  const int64_t channels = std::min(products_.panel, shape_.columns - first);
  const int64_t depths = kept_ ? shape_.depth : std::min(shape_.depth, kDepth);
  float* passing = scratch + points_ * point_stride;
  for (int64_t k = 0; k < shape_.depth; k += depths) {
    const int64_t depth = std::min(depths, shape_.depth - k);
    const float* weights = passing;
    int64_t weights_stride = spread(depths * products_.panel);
    if (kept_) {
      weights_stride = shape_.depth * products_.panel;
      weights = weights_.data() + (group * panels_ + panel) * points_ * weights_stride;
    } else {
      transforms_.weights(weights_at(group, panel, k), channels, depth, passing, weights_stride);
    }
    const bool more = k + depths < shape_.depth;
    for (int64_t point = 0; point < points_; ++point) {
      Ahead ahead = {};
      if (!kept_ && more) {
        ahead = part_of(weights_at(group, panel, k + depths), channels,
                        std::min(depths, shape_.depth - k - depths), point);
      } else if (!kept_ && next_panel < panels_) {
        ahead = part_of(weights_at(group, next_panel, 0), channels, depths, point);
      }
      products_.multiply(v.values + point * v.point + k / kWinogradBlock * v.block, v.block,
                         tiles.count, depth, weights + point * weights_stride, k > 0,
                         scratch + point * point_stride, ahead);
    }
  }
  for (int64_t tile = 0; tile < tiles.count; ++tile) {
    store_tile(scratch + tile * products_.panel, point_stride, group, first, channels,
               tiles.first + tile, result);
  }
}

void WinogradPass::store_tile(const float* product, int64_t point_stride, int64_t group,
                              int64_t first, int64_t channels, int64_t tile,
                              const WinogradResult& result) const {
  const WinogradPlace place = grid_.place(tile);
  const int64_t channel = group * shape_.columns + first;
  const int64_t all = shape_.groups * shape_.columns;
  const int64_t at =
      (place.image * shape_.result.height + place.row) * shape_.result.width + place.column;
  const auto from = [](const float* values, int64_t offset) {
    return values != nullptr ? values + offset : nullptr;
  };
  const WinogradTarget target = {result.values + at * result.pitch + channel,
                                 shape_.result.width * result.pitch,
                                 result.pitch,
                                 std::min(shape_.outputs, shape_.result.height - place.row),
                                 std::min(shape_.outputs, shape_.result.width - place.column),
                                 from(result.addend, at * all + channel),
                                 shape_.result.width * all,
                                 all,
                                 from(result.bias, channel),
                                 result.activation,
                                 from(result.slopes, channel)};
  transforms_.output(product, point_stride, channels, target);
}

}  // namespace caffe
