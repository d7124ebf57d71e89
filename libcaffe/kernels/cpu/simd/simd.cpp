#include "kernels/cpu/simd/simd.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/made_once.hpp"
#include "kernels/cpu/simd/processor.hpp"

namespace caffe {

extern const Simd simd_plain;
#if defined(__x86_64__)
extern const Simd simd_avx2, simd_avx512;
#endif

namespace {

struct Known {
  const Simd* simd;
  bool (*runs)();
};

// The best one first.
constexpr Known kKnown[] = {
#if defined(__x86_64__)
    {&simd_avx512, processor_has_avx512},
    {&simd_avx2, processor_has_avx2},
#endif
    {&simd_plain, [] { return true; }},
};

}  // namespace

std::vector<const Simd*> all_simd() {
  const char* const most = std::getenv("CAFFE_MAX_ISA");
  const auto named = std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& known) {
    return most != nullptr && std::strcmp(known.simd->name, most) == 0;
  });
  std::vector<const Simd*> all;
  for (auto known = named == std::end(kKnown) ? std::begin(kKnown) : named;
       known != std::end(kKnown); ++known) {
    if (known->runs()) all.push_back(known->simd);
  }
  return all;
}

const Simd& simd() {
  static MadeOnce<const Simd*> best;
  return *best.get([] { return all_simd().front(); });
}

}  // namespace caffe
