// One pass of a Winograd convolution, on channels-last arrays: tiles of the operand are
// transformed to V, weights to U, and for each point of a tile M = V U; M transformed back is the
// result (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016: the products of
// all tiles at one point are one matrix product). Every sum over channels is added up in order, so
// results are the same for any number of threads and however the work is cut. How it is, follows
// from what fits into caches: with weights kept and tiles enough each thread goes all the way with
// some tiles, whose V and M never leave its core; else all threads transform, then all multiply.
#pragma once

#include <vector>

#include "kernels/cpu/cache_lines.hpp"
#include "kernels/cpu/simd/simd.hpp"
#include "kernels/cpu/winograd/tiles.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

struct WinogradShape {
  int64_t images, groups;
  int64_t depth, columns;              // channels of a group of the operand and of the result
  WinogradPlane operand, result, pad;  // paddings may be negative
  int64_t outputs, taps;               // along an axis of a tile, and of the kernel
};

// Where results go, and what is done to them; what is null is not done.
struct WinogradResult {
  float* values;  // of the result's first channel in the first image
  int64_t pitch;  // from one place to the next
  const float* addend = nullptr;
  const float* bias = nullptr;
  Activation activation = {};
  const float* slopes = nullptr;
};

class WinogradPass {
 public:
  WinogradPass(const WinogradShape& shape, const Simd& simd);

  // weights(g) are those of group g; they are those of the last run when `version` is.
  template <class Weights>
  void run(const float* operand, const Weights& weights, uint64_t version,
           const WinogradResult& result) {
    groups_.clear();
    for (int64_t group = 0; group < shape_.groups; ++group) groups_.push_back(weights(group));
    run(operand, version, result);
  }

 private:
  // V: point p of the tile i's channels c is at p * point + c / 16 * block + i * 16 + c % 16.
  struct Transformed {
    float* values;
    int64_t point, block;
  };

  void run(const float* operand, uint64_t version, const WinogradResult& result);
  void keep_weights(uint64_t version);
  void run_privately(const float* operand, const WinogradResult& result);
  void run_together(const float* operand, const WinogradResult& result);

  bool keeps_weights() const;
  int64_t tiles() const { return grid_.tiles; }
  int64_t most_tiles() const;
  int64_t tile_bytes() const { return points_ * shape_.depth * 4; }
  int64_t transformed_size(int64_t tiles) const;
  Transformed transformed(float* values, int64_t tiles) const;
  void transform_tile(const float* operand, int64_t group, int64_t tile, int64_t begin, int64_t end,
                      const Transformed& to, int64_t index) const;
  WinogradWeights weights_at(int64_t group, int64_t panel, int64_t depth) const;
  Ahead part_of(const WinogradWeights& weights, int64_t columns, int64_t depth,
                int64_t point) const;
  int64_t product_size(int64_t tiles) const;
  // The weights of `next_panel` are fetched meanwhile.
  void multiply_panel(int64_t group, int64_t panel, int64_t next_panel, const Transformed& v,
                      WinogradTiles tiles, float* scratch, const WinogradResult& result) const;
  void store_tile(const float* product, int64_t point_stride, int64_t group, int64_t first,
                  int64_t channels, int64_t tile, const WinogradResult& result) const;

  const WinogradShape shape_;
  const PanelProducts& products_;
  const WinogradTransforms& transforms_;
  const int64_t points_;  // of a tile
  const WinogradGrid grid_;
  const int64_t panels_;  // of a group
  const bool kept_;       // transformed weights
  std::vector<float> zeros_;
  CacheLines weights_;
  uint64_t version_ = 0;
  std::vector<WinogradWeights> groups_;
};

}  // namespace caffe
