// Which backends there are, and each by its name.
#include <map>
#include <mutex>

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

namespace {

// For those who go through all backends: the devices' that were asked for, each made once.
Kernels* kernels_on(Device& device) {
  if (device.is_host()) return nullptr;
  static Mutex mutex;
  static MadeOnce<std::map<uint8_t, std::unique_ptr<Kernels>>> made;
  const std::lock_guard<Mutex> lock(mutex);
  std::unique_ptr<Kernels>& kernels =
      made.get([] { return std::map<uint8_t, std::unique_ptr<Kernels>>(); })[device.index()];
  if (kernels == nullptr) kernels = std::make_unique<Kernels>(device);
  return kernels.get();
}

// One that is never destroyed.
std::shared_ptr<Kernels> shared(Kernels& kernels) {
  return std::shared_ptr<Kernels>(std::shared_ptr<void>(), &kernels);
}

}  // namespace

std::vector<Kernels*> all_backends() {
  std::vector<Kernels*> backends = {&cpu_kernels()};
  if (Kernels* const kernels = kernels_on(default_device())) backends.push_back(kernels);
  backends.push_back(&reference_kernels());
  return backends;
}

std::shared_ptr<Kernels> make_kernels(Device& device, const std::string& backend) {
  if (!device.is_host()) return std::make_shared<Kernels>(device);
  if (backend.empty()) return shared(cpu_kernels());
  Kernels& kernels = kernels_by_name(backend);
  if (kernels.device().is_host()) return shared(kernels);
  fail(Status::kInvalidArgument, "the backend ", quoted(backend), " is a device's: the option ",
       "device names it");
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
