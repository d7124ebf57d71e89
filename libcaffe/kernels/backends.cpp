// Backends by name. A build without oneDNN answers "cpu" with the reference.
#include "build_config.hpp"
#include "core/made_once.hpp"
#include "core/registry.hpp"
#include "kernels/reference/reference.hpp"

#if CAFFE_HAVE_ONEDNN
#include "kernels/cpu/cpu.hpp"
#endif

namespace caffe {

Kernels& reference_kernels() {
  static MadeOnce<ReferenceKernels> kernels;
  return kernels.get([] { return ReferenceKernels(); });
}

Kernels& cpu_kernels() {
#if CAFFE_HAVE_ONEDNN
  static MadeOnce<CpuKernels> kernels;
  return kernels.get([] { return CpuKernels(); });
#else
  return reference_kernels();
#endif
}

ConvolutionMethod convolution_method(const std::string& name) {
  if (name == "measured") return ConvolutionMethod::kMeasured;
  if (name == "direct") return ConvolutionMethod::kDirect;
  if (name == "winograd") return ConvolutionMethod::kWinograd;
  fail_unknown("convolution method", name, {"direct", "measured", "winograd"});
}

Kernels& kernels_by_name(const std::string& name) {
  if (name == "cpu") return cpu_kernels();
  if (name == "reference") return reference_kernels();
  fail_unknown("backend", name, {"cpu", "reference"});
}

}  // namespace caffe
