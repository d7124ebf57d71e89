// Functions with coefficients per channel, and sums over each channel: the loops, over threads, in
// whichever order the values lie.
#include <vector>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/channel_order.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

constexpr int64_t kGrain = 16 * 1024;
constexpr int64_t kShort = 16;   // runs of one channel shorter than this are taken across channels
constexpr int64_t kWide = 64;    // rows of channels shorter than this are taken several at once
constexpr int64_t kLong = 8192;  // rows longer than this stay as they are

// Coefficients repeated so that short runs and rows become longer rows of one value a coefficient.
class Coefficients {
 public:
  Coefficients(const ChannelOrder& order, int64_t count)
      : runs_{order.rows, order.channels, order.inner}, given_(order.items * order.channels) {
    const int64_t row = order.channels * order.inner;
    if (order.items > 1 || order.inner >= kShort || row == 0 || row > kLong) return;
    inner_ = order.inner;
    times_ = std::min(divide_up(kWide, row), std::max<int64_t>(1, count / row));
    runs_ = {runs_.rows, row * times_, 1};
  }

  const ChannelRuns& runs() const { return runs_; }

  const float* operator()(const std::optional<ConstTensor>& coefficients) {
    if (!coefficients) return nullptr;
    const float* values = coefficients->read();
    if (inner_ * times_ == 1) return values;
    std::vector<float>& repeated = repeated_.emplace_back();
    repeated.reserve(static_cast<size_t>(given_ * inner_ * times_));
    for (int64_t i = 0; i < times_; ++i) {
      for (int64_t c = 0; c < given_; ++c) {
        repeated.insert(repeated.end(), static_cast<size_t>(inner_), values[c]);
      }
    }
    return repeated.data();
  }

 private:
  ChannelRuns runs_;
  int64_t given_, inner_ = 1, times_ = 1;
  std::vector<std::vector<float>> repeated_;
};

void map_channels(const ChannelRuns& runs, int64_t count, const ChannelOperands& operands) {
  parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    simd().loops.channel_map(runs, begin, end, operands);
  });
}

// Sums and products of each channel in `parts` parts, added in their order, so that the number of
// threads does not show.
struct Sums {
  std::vector<double> sums, products;

  explicit Sums(int64_t count)
      : sums(static_cast<size_t>(count)), products(static_cast<size_t>(count)) {}
};

constexpr int64_t kParts = 16;

// Runs of one channel, each by itself.
Sums sums_of_runs(const ChannelOrder& order, const float* x, const float* z, bool below) {
  const int64_t parts = order.channels < kParts ? kParts : 1;
  const int64_t length = order.rows * order.inner;
  Sums partial(order.channels * parts);
  parallel_for(order.channels * parts, grain_of(length / parts), [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t channel = task / parts, part = task % parts;
      const int64_t stop = length * (part + 1) / parts;
      double sums[2] = {};
      for (int64_t at = length * part / parts; at < stop;) {
        const int64_t row = at / order.inner, offset = at % order.inner;
        const int64_t count = std::min(order.inner - offset, stop - at);
        const int64_t first = (row * order.channels + channel) * order.inner + offset;
        simd().loops.sums(x + first, z == nullptr ? nullptr : z + first, below, count, sums);
        at += count;
      }
      partial.sums[static_cast<size_t>(task)] = sums[0];
      partial.products[static_cast<size_t>(task)] = sums[1];
    }
  });
  if (parts == 1) return partial;
  Sums all(order.channels);
  for (size_t i = 0; i < partial.sums.size(); ++i) {
    all.sums[i / kParts] += partial.sums[i];
    all.products[i / kParts] += partial.products[i];
  }
  return all;
}

// Rows of all channels: column sums of blocks of them.
Sums sums_of_rows(const ChannelOrder& order, const float* x, const float* z, bool below) {
  constexpr int64_t kChunk = 1024;  // columns
  const int64_t columns = order.channels * order.inner;
  const int64_t blocks = std::clamp<int64_t>(order.rows * columns / (32 * 1024), 1, kParts);
  const int64_t chunks = divide_up(columns, kChunk);
  Sums partial(order.items * blocks * columns);
  parallel_for(order.items * blocks * chunks,
               grain_of(order.rows / blocks * std::min(columns, kChunk)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t task = begin; task < end; ++task) {
                   const int64_t first = task % chunks * kChunk;
                   const int64_t block = task / chunks % blocks, item = task / chunks / blocks;
                   const int64_t row = order.rows * block / blocks;
                   const int64_t at = (item * order.rows + row) * columns + first;
                   const int64_t to = (item * blocks + block) * columns + first;
                   simd().loops.column_sums(x + at, z == nullptr ? nullptr : z + at, below,
                                            order.rows * (block + 1) / blocks - row, columns,
                                            std::min(kChunk, columns - first),
                                            partial.sums.data() + to, partial.products.data() + to);
                 }
               });
  Sums all(order.items * order.channels);
  for (int64_t item = 0; item < order.items; ++item) {
    for (int64_t i = 0; i < blocks * columns; ++i) {
      const auto from = static_cast<size_t>(item * blocks * columns + i);
      const auto to = static_cast<size_t>(item * order.channels + i % columns / order.inner);
      all.sums[to] += partial.sums[from];
      all.products[to] += partial.products[from];
    }
  }
  return all;
}

Sums sums_of(const ChannelView& view, ConstTensor x, const std::optional<ConstTensor>& z,
             bool below) {
  const ChannelOrder order(view, {x, z.value_or(x)}, {x, z.value_or(x)});
  const float* first = x.read(order.place);
  const float* second = z ? z->read(order.place) : nullptr;
  const bool short_runs = order.inner < kShort && order.channels > 1;
  return (short_runs ? sums_of_rows : sums_of_runs)(order, first, second, below);
}

// y = values, or += them.
void give(const std::vector<double>& values, bool add, Tensor y) {
  float* to = add ? y.update() : y.write();
  for (size_t c = 0; c < values.size(); ++c) {
    to[c] = (add ? to[c] : 0) + static_cast<float>(values[c]);
  }
}

}  // namespace

void CpuKernels::channel_map(ConstTensor x, const ChannelMap& map, const ChannelView& view,
                             Tensor y) {
  const ChannelOrder order(view, {x, y}, {x});
  Coefficients of(order, x.count());
  const float* in = x.read(order.place);
  map_channels(of.runs(), x.count(),
               {in, of(map.centre), of(map.scale), of(map.shift), nullptr, nullptr, nullptr,
                y.write(order.place)});
}

void CpuKernels::channel_blend(ConstTensor x, const ChannelMap& map, ConstTensor z,
                               const ChannelMap& map_z, const ChannelView& view, Tensor y) {
  const ChannelOrder order(view, {x, z, y}, {x, z});
  Coefficients of(order, x.count());
  const float* in = x.read(order.place);
  const float* other = z.read(order.place);
  map_channels(of.runs(), x.count(),
               {in, of(map.centre), of(map.scale), nullptr, other, of(map_z.centre),
                of(map_z.scale), y.write(order.place)});
}

void CpuKernels::channel_sums(ConstTensor x, std::optional<ConstTensor> z,
                              std::optional<ConstTensor> centre, const ChannelView& view, bool add,
                              std::optional<Tensor> sums, std::optional<Tensor> products) {
  Sums all = sums_of(view, x, products ? z : std::nullopt, false);
  if (products && centre) {
    // Products of floats are exact in double precision, so that this loses nothing they had.
    const float* centres = centre->read();
    for (size_t c = 0; c < all.sums.size(); ++c) all.products[c] -= centres[c] * all.sums[c];
  }
  if (sums) give(all.sums, add, *sums);
  if (products) give(all.products, add, *products);
}

void CpuKernels::channel_statistics(ConstTensor x, const ChannelView& view, Tensor mean,
                                    Tensor variance) {
  Sums all = sums_of(view, x, x, false);
  const auto count = static_cast<double>(std::max<int64_t>(view.outer * view.inner, 1));
  for (size_t c = 0; c < all.sums.size(); ++c) {
    double &sum = all.sums[c], &square = all.products[c];
    sum /= count;
    square = std::max(square / count - sum * sum, 0.0);
  }
  give(all.sums, false, mean);
  give(all.products, false, variance);
}

void CpuKernels::prelu(ConstTensor x, ConstTensor slopes, const ChannelView& view, Tensor y) {
  const ChannelOrder order(view, {x, y}, {x});
  Coefficients of(order, x.count());
  const float* in = x.read(order.place);
  const float* slope = of(slopes);
  float* out = y.write(order.place);
  parallel_for(x.count(), kGrain, [&](int64_t begin, int64_t end) {
    simd().loops.prelu(of.runs(), begin, end, in, slope, out);
  });
}

void CpuKernels::prelu_backward(ConstTensor x, ConstTensor slopes, ConstTensor dy,
                                const ChannelView& view, Tensor dx) {
  const ChannelOrder order(view, {x, dy, dx}, {x, dy});
  Coefficients of(order, x.count());
  const float* in = x.read(order.place);
  const float* slope = of(slopes);
  const float* gradient = dy.read(order.place);
  float* out = dx.write(order.place);
  parallel_for(x.count(), kGrain, [&](int64_t begin, int64_t end) {
    simd().loops.prelu_backward(of.runs(), begin, end, in, slope, gradient, out);
  });
}

void CpuKernels::prelu_backward_slopes(ConstTensor x, ConstTensor dy, const ChannelView& view,
                                       Tensor dslopes) {
  give(sums_of(view, x, dy, true).products, true, dslopes);
}

}  // namespace caffe
