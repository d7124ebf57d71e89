// Local response normalisation: tiles of all channels of some places, over threads. On
// channels-last replicas a tile is one place, whose channels lie side by side.
#include <algorithm>
#include <vector>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/channel_order.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

constexpr int64_t kWidth = 32;  // places along the inner axis done together

// body(tile, first value, scratch memory) for all tiles.
template <class Body>
void for_each_tile(const LrnSpec& spec, const ChannelOrder& order, const Body& body) {
  const int64_t outer = order.items * order.rows, channels = order.channels, inner = order.inner;
  if (channels == 0) return;
  const int64_t blocks = divide_up(inner, kWidth);
  const int64_t work = channels * std::min(inner, kWidth) * 16;
  LrnTile tile{channels, inner, 0, std::min(spec.size / 2, channels - 1), 0, spec.beta, spec.k};
  tile.factor = spec.alpha / static_cast<float>(spec.size);
  parallel_for(outer * blocks, grain_of(work), [&](int64_t begin, int64_t end) {
    LrnTile mine = tile;
    mine.width = std::min(inner, kWidth);
    std::vector<float> scratch(static_cast<size_t>(mine.scratch()));
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task % blocks * kWidth;
      mine.width = std::min(inner - first, kWidth);
      body(mine, task / blocks * channels * inner + first, scratch.data());
    }
  });
}

// Windows do not end with an image when the channels are those of all images.
ChannelOrder order_of(const LrnSpec& spec, std::initializer_list<ConstTensor> operands,
                      std::initializer_list<ConstTensor> inputs) {
  const ChannelOrder order(spec.view, operands, inputs);
  return order.items > 1 ? ChannelOrder(spec.view) : order;
}

}  // namespace

void CpuKernels::lrn(ConstTensor x, const LrnSpec& spec, Tensor y) {
  const ChannelOrder order = order_of(spec, {x, y}, {x});
  const float* in = x.read(order.place);
  float* out = y.write(order.place);
  for_each_tile(spec, order, [&](const LrnTile& tile, int64_t at, float* scratch) {
    simd().loops.lrn(tile, in + at, scratch, out + at);
  });
}

void CpuKernels::lrn_backward(ConstTensor x, ConstTensor dy, const LrnSpec& spec, Tensor dx) {
  const ChannelOrder order = order_of(spec, {x, dy, dx}, {x, dy});
  const float* in = x.read(order.place);
  const float* gradient = dy.read(order.place);
  float* out = dx.write(order.place);
  for_each_tile(spec, order, [&](const LrnTile& tile, int64_t at, float* scratch) {
    simd().loops.lrn_backward(tile, in + at, gradient + at, scratch, out + at);
  });
}

}  // namespace caffe
