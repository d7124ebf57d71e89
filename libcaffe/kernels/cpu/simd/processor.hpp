// What this machine's processor is, and which instructions it has.
#pragma once

#include <string>

namespace caffe {

// What the processor calls itself.
std::string processor_name();

#if defined(__x86_64__)
// All that the unit of this name is compiled for (libcaffe/meson.build).
bool processor_has_avx2();
bool processor_has_avx512();
#endif

}  // namespace caffe
