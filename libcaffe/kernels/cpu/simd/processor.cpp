#include "kernels/cpu/simd/processor.hpp"

#include <sys/utsname.h>

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace caffe {

#if defined(__x86_64__)
bool processor_has_avx2() {
  // Not every compiler knows F16C by name.
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool f16c = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && f16c;
}

bool processor_has_avx512() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

std::string processor_name() {
#if defined(__x86_64__)
  constexpr unsigned kFirst = 0x80000002;  // three leaves of 16 characters each
  char name[49] = {};
  for (unsigned i = 0; i < 3; ++i) {
    unsigned words[4] = {};
    __get_cpuid(kFirst + i, &words[0], &words[1], &words[2], &words[3]);
    std::memcpy(name + 16 * i, words, sizeof words);
  }
  const std::string text = name;
  const size_t first = text.find_first_not_of(' '), last = text.find_last_not_of(' ');
  if (first != std::string::npos) return text.substr(first, last - first + 1);
#endif
  utsname system;
  return uname(&system) == 0 ? system.machine : "unknown";
}

}  // namespace caffe
