// The cpu is the only device of this build; the names of others are known, so that asking for one
// is answered with the reason and not with the cpu.
#include "core/device.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>

#include "core/error.hpp"

namespace caffe {

namespace {

constexpr const char* kCpu = "cpu";

std::atomic<const char*> chosen{nullptr};

// "cuda", or "cuda:" and a number.
bool is_cuda(const std::string& name) {
  const std::string prefix = "cuda:";
  if (name == "cuda") return true;
  return name.size() > prefix.size() && name.compare(0, prefix.size(), prefix) == 0 &&
         std::all_of(name.begin() + static_cast<std::ptrdiff_t>(prefix.size()), name.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

int64_t device_count() {
  return 1;
}

const char* device_name(int64_t index) {
  if (index != 0) {
    fail(Status::kNotFound, "there is no device ", index, ": this machine has ", device_count(),
         " for this build");
  }
  return kCpu;
}

const char* find_device(const std::string& name) {
  if (name == kCpu) return kCpu;
  if (is_cuda(name)) {
    fail_without_gpu(str("device ", quoted(name), " cannot be used"),
                     "choose \"cpu\", the default");
  }
  fail(Status::kInvalidArgument, quoted(name),
       " is not the name of a device (\"cpu\", \"cuda\", \"cuda:1\" ...)");
}

const char* default_device() {
  const char* device = chosen;
  return device == nullptr ? kCpu : device;
}

const char* chosen_device() {
  return chosen;
}

void set_default_device(const char* name) {
  chosen = name;
}

void fail_without_gpu(const std::string& asked, const std::string& instead) {
  fail(Status::kUnsupported, asked, ": this build of libcaffe has no CUDA",
       instead.empty() ? "" : "; ", instead);
}

}  // namespace caffe
