// The emulated device (emulated_device/): it is there in every run, whichever device is the
// default. What a test asks of it is taken back when the test ends.
#pragma once

#include <dlfcn.h>

#include <cstdlib>
#include <sstream>
#include <string>

#include "core/device.hpp"
#include "support/check.hpp"
#include "support/emulated_device/control.h"

namespace caffe::test {

inline Device& emulated() {
  return find_device("emulated:0");
}

// The device's own switches, of the module that is loaded already.
inline const caffe_emulated_control& emulated_control() {
  emulated();
  const char* const folders = std::getenv("CAFFE_MODULE_PATH");
  std::istringstream paths(folders == nullptr ? "" : folders);
  for (std::string folder; std::getline(paths, folder, ':');) {
    void* const module = dlopen((folder + "/caffe_emulated.so").c_str(), RTLD_NOLOAD | RTLD_NOW);
    if (module == nullptr) continue;
    const auto function = reinterpret_cast<caffe_emulated_control_function>(
        dlsym(module, "caffe_emulated_control_table"));
    if (function != nullptr) return *function();
  }
  failed(__FILE__, __LINE__, "the emulated device's module is not loaded");
}

inline caffe_emulated_figures emulated_figures() {
  caffe_emulated_figures figures;
  emulated_control().figures(&figures);
  return figures;
}

// Delays between operations while it lives, of queues made meanwhile.
class Delays {
 public:
  explicit Delays(uint64_t seed) { emulated_control().seed(seed); }
  ~Delays() {
    const char* const seed = std::getenv("CAFFE_EMULATED_SEED");
    emulated_control().seed(seed == nullptr ? 0 : std::strtoull(seed, nullptr, 10));
  }
  Delays(const Delays&) = delete;
  Delays& operator=(const Delays&) = delete;
};

// What goes wrong while it lives: the n-th allocation (launch) from a call on, the device at the
// n-th launch, or what does not fit its memory.
class Faults {
 public:
  Faults() = default;
  ~Faults() {
    fail_allocation(0);
    fail_launch(0);
    lose(0);
    recover();
    set_memory(int64_t{8} << 30);
  }
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  void fail_allocation(int64_t n) const { control_.fail_allocation(n); }
  void fail_launch(int64_t n) const { control_.fail_launch(n); }
  void lose(int64_t n) const { control_.lose(n); }
  void recover() const { control_.recover(); }
  void set_memory(int64_t bytes) const { control_.set_memory(bytes); }

 private:
  const caffe_emulated_control& control_ = emulated_control();
};

}  // namespace caffe::test
