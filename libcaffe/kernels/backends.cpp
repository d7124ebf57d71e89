// Backends by name. A build without oneDNN answers "cpu" with the reference.
#include "build_config.hpp"
#include "core/made_once.hpp"
#include "core/registry.hpp"
#include "kernels/kernels.hpp"

#if CAFFE_HAVE_ONEDNN
#include "kernels/cpu/cpu.hpp"
#endif

namespace caffe {

Kernels& reference_kernels() {
  static MadeOnce<Kernels> kernels;
  return kernels.get([] { return Kernels(); });
}

Kernels& cpu_kernels() {
#if CAFFE_HAVE_ONEDNN
  static MadeOnce<CpuKernels> kernels;
  return kernels.get([] { return CpuKernels(); });
#else
  return reference_kernels();
#endif
}

std::vector<Kernels*> all_backends() {
  std::vector<Kernels*> all;
#if CAFFE_HAVE_ONEDNN
  all.push_back(&cpu_kernels());
#endif
  all.push_back(&reference_kernels());
  return all;
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
