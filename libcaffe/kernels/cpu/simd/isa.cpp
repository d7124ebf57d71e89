#include "kernels/cpu/simd/isa.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "core/made_once.hpp"

namespace caffe {

namespace {

#if defined(__x86_64__)
// Not every compiler knows this one by name.
bool has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
#endif

Isa found() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return Isa::kAvx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c()) {
    return Isa::kAvx2;
  }
#endif
  return Isa::kPlain;
}

Isa allowed() {
  const char* name = std::getenv("CAFFE_MAX_ISA");
  const std::string most = name == nullptr ? "" : name;
  return most == "plain" ? Isa::kPlain : most == "avx2" ? Isa::kAvx2 : Isa::kAvx512;
}

}  // namespace

Isa machine_isa() {
  static MadeOnce<Isa> isa;
  return isa.get([] { return std::min(found(), allowed()); });
}

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
