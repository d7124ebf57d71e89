#include "kernels/cpu/isa.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace caffe {

namespace {

Isa found() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return Isa::kAvx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("f16c")) {
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
  static const Isa isa = std::min(found(), allowed());
  return isa;
}

}  // namespace caffe
