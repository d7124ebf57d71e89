// Gradient steps: the values of all parameters in blocks, over threads.
#include <algorithm>
#include <vector>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

// A parameter's values, and how many blocks those before it have.
struct Parameter {
  const UpdateSpec* spec;
  float* data;
  const float* diff;
  float *first, *second;
  int64_t count, first_block;
};

}  // namespace

void CpuKernels::update(const std::vector<Update>& updates) {
  constexpr int64_t kBlock = 16 * 1024;
  std::vector<Parameter> all;
  int64_t blocks = 0;
  for (const Update& each : updates) {
    if (each.data.count() == 0) continue;
    float* second = each.spec.histories() > 1 ? each.histories[1].update() : nullptr;
    all.push_back({&each.spec, each.data.update(), each.diff.read(), each.histories[0].update(),
                   second, each.data.count(), blocks});
    blocks += divide_up(each.data.count(), kBlock);
  }
  parallel_for(blocks, 1, [&](int64_t begin, int64_t end) {
    const auto after = std::upper_bound(
        all.begin(), all.end(), begin,
        [](int64_t block, const Parameter& each) { return block < each.first_block; });
    for (auto of = after - 1; of != all.end() && of->first_block < end; ++of) {
      const int64_t at = std::max<int64_t>(begin - of->first_block, 0) * kBlock;
      const int64_t stop = std::min((end - of->first_block) * kBlock, of->count);
      simd().loops.update(*of->spec, of->data + at, of->diff + at, of->first + at,
                          of->second == nullptr ? nullptr : of->second + at, stop - at);
    }
  });
}

}  // namespace caffe
