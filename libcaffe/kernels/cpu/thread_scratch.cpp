#include "kernels/cpu/thread_scratch.hpp"

#include <cstdlib>
#include <memory>

#include "core/divide_up.hpp"
#include "core/error.hpp"

namespace caffe {

namespace {

constexpr size_t kAlignment = 64;  // a cache line
constexpr size_t kUses = 3;

struct Free {
  void operator()(float* values) const { std::free(values); }
};

struct Scratch {
  std::unique_ptr<float, Free> values;
  int64_t count = 0;
};

}  // namespace

float* thread_scratch(ScratchUse use, int64_t count) {
  thread_local Scratch all[kUses];
  Scratch& scratch = all[static_cast<size_t>(use)];
  if (scratch.count >= count) return scratch.values.get();
  scratch.values.reset();  // before the larger one is made
  scratch.count = 0;
  const auto bytes = static_cast<size_t>(
      round_up(count * static_cast<int64_t>(sizeof(float)), int64_t{kAlignment}));
  scratch.values.reset(static_cast<float*>(std::aligned_alloc(kAlignment, bytes)));
  if (scratch.values == nullptr) fail(Status::kOutOfMemory, "no memory for ", count, " floats");
  scratch.count = count;
  return scratch.values.get();
}

}  // namespace caffe
