// Memory that every thread has for what does not outlive an operation.
#pragma once

#include <cstdint>

namespace caffe {

enum class ScratchUse { kResults, kOperand, kPartialSums };

// Room for `count` floats of any value, the calling thread's until it asks again for that use.
float* thread_scratch(ScratchUse use, int64_t count);

}  // namespace caffe
