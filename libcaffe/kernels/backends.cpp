// Which backends there are, and each by its name.
#include "core/made_once.hpp"
#include "core/registry.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/simd/simd.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

Kernels& reference_kernels() {
  static MadeOnce<Kernels> kernels;
  return kernels.get([] { return Kernels(); });
}

Kernels& cpu_kernels() {
  static MadeOnce<CpuKernels> kernels;
  return kernels.get([] { return CpuKernels(); });
}

const char* instruction_set() {
  return simd().name;
}

std::vector<Kernels*> all_backends() {
  return {&cpu_kernels(), &reference_kernels()};
}

ConvolutionMethod convolution_method(const std::string& name) {
  if (name == "measured") return ConvolutionMethod::kMeasured;
  if (name == "direct") return ConvolutionMethod::kDirect;
  if (name == "winograd") return ConvolutionMethod::kWinograd;
  fail_unknown("convolution method", name, {"direct", "measured", "winograd"});
}

Kernels& kernels_by_name(const std::string& name) {
  std::vector<std::string> names;
  for (Kernels* kernels : all_backends()) {
    names.push_back(kernels->name());
    if (names.back() == name) return *kernels;
  }
  fail_unknown("backend", name, names);
}

}  // namespace caffe
