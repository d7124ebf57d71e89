// Sums over all values in double precision: a partial sum for each block of a fixed size, added in
// their order, so that the number of threads does not show in the result.
#include <algorithm>
#include <vector>

#include "core/common_place.hpp"
#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

constexpr int64_t kBlock = 16 * 1024;

// block_sum(begin, count) for each block.
template <class BlockSum>
double sum_of_blocks(int64_t count, const BlockSum& block_sum) {
  std::vector<double> sums(static_cast<size_t>(divide_up(count, kBlock)));
  parallel_for(static_cast<int64_t>(sums.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t start = block * kBlock;
      sums[static_cast<size_t>(block)] = block_sum(start, std::min(kBlock, count - start));
    }
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace

double CpuKernels::total(Reduction reduction, ConstTensor x, ConstTensor z) {
  if (reduction == Reduction::kSum) return Kernels::total(reduction, x, z);
  const bool dot = reduction == Reduction::kDot;
  if (x.empty() || (dot && z.empty())) return 0;
  const Place place = dot ? common_place({x, z}) : x.host_place();
  const float* left = x.read(place);
  const float* right = dot ? z.read(place) : left;
  return sum_of_blocks(x.count(), [&](int64_t begin, int64_t count) {
    return reduction == Reduction::kSumOfMagnitudes
               ? simd().loops.sum_of_magnitudes(left + begin, count)
               : simd().loops.dot(left + begin, right + begin, count);
  });
}

void CpuKernels::reduce(Reduction reduction, ConstTensor x, std::optional<ConstTensor> z,
                        double factor, Tensor y) {
  if (y.count() != 1 || reduction == Reduction::kSum) {
    return Kernels::reduce(reduction, x, z, factor, y);
  }
  const double sum = total(reduction, x, z.value_or(x));
  *y.write() = static_cast<float>(factor * sum);
}

}  // namespace caffe
