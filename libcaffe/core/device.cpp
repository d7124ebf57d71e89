#include "core/device.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/fork.hpp"
#include "core/made_once.hpp"
#include "core/modules.hpp"
#include "core/system_memory.hpp"

namespace caffe {

namespace {

constexpr const char* kHost = "cpu";
// The kind that programs mean by a GPU unless CAFFE_DEVICE says another.
constexpr const char* kGpu = "cuda";

std::atomic<Device*> chosen{nullptr};

Mutex mutex;  // behind it the devices there are

std::map<std::string, Device*>& by_name() {
  static MadeOnce<std::map<std::string, Device*>> devices;
  return devices.get([] { return std::map<std::string, Device*>(); });
}

// "cuda:1" as "cuda" and 1; the number is -1 when it is none.
std::pair<std::string, int> parts_of(const std::string& name) {
  const size_t colon = name.find(':');
  const std::string kind = name.substr(0, colon);
  if (colon == std::string::npos) return {kind, 0};
  const std::string number = name.substr(colon + 1);
  const bool digits =
      !number.empty() && number.size() < 4 &&
      std::all_of(
          number.begin(), number.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return {kind, digits ? std::stoi(number) : -1};
}

// A name of the file of a module, and of nothing else.
bool is_kind(const std::string& kind) {
  return !kind.empty() && kind != kHost &&
         std::all_of(kind.begin(), kind.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// The environment's device, or "".
std::string device_of_environment() {
  const char* name = std::getenv("CAFFE_DEVICE");
  return name == nullptr ? "" : name;
}

std::string gpu_kind() {
  const std::string kind = parts_of(device_of_environment()).first;
  return is_kind(kind) ? kind : kGpu;
}

const caffe_device_table& table_of(const std::string& kind) {
  return *static_cast<const caffe_device_table*>(
      module_table(kind, CAFFE_DEVICE_TABLE_VERSION, kind == kGpu ? "CUDA" : kind));
}

int count_of(const std::string& kind) {
  const caffe_device_table& table = table_of(kind);
  int count = 0;
  caffe_device_error error = {};
  if (table.count(&count, &error) != CAFFE_DEVICE_OK) {
    fail(Status::kUnsupported, "the devices of kind ", quoted(kind),
         " cannot be used: ", error.text);
  }
  return count;
}

Device& device_of(const std::string& kind, int number) {
  const std::string name = str(kind, ":", number);
  const caffe_device_table& table = table_of(kind);
  const std::lock_guard<Mutex> lock(mutex);
  Device*& device = by_name()[name];
  if (device == nullptr) {
    const size_t index = by_name().size();  // 0 is the host's
    if (index > UINT8_MAX) fail(Status::kUnsupported, "too many devices");
    device = new Device(name, static_cast<uint8_t>(index), &table, number);
  }
  return *device;
}

// The kinds whose devices are listed, as far as their modules are installed.
std::vector<std::pair<std::string, int>> counts() {
  std::vector<std::pair<std::string, int>> counts;
  for (const std::string& kind : {std::string(kGpu), gpu_kind()}) {
    if (!counts.empty() && counts.back().first == kind) continue;
    if (has_module(kind)) counts.emplace_back(kind, count_of(kind));
  }
  return counts;
}

}  // namespace

Device::Device(std::string name, uint8_t index, const caffe_device_table* table, int number)
    : name_(std::move(name)), index_(index), table_(table), number_(number) {}

caffe_device_description Device::describe() const {
  caffe_device_description description = {};
  if (is_host()) {
    description.memory = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGE_SIZE);
    description.unused = available_memory();
    return description;
  }
  caffe_device_error error = {};
  check(table_->describe(number_, &description, &error), error);
  return description;
}

void* Device::allocate(int64_t bytes, caffe_queue* queue) {
  void* memory = nullptr;
  caffe_device_error error = {};
  const int code = table_->allocate(number_, static_cast<size_t>(bytes), queue, &memory, &error);
  if (code == CAFFE_DEVICE_NO_MEMORY) {
    fail(Status::kOutOfMemory, "no memory for ", bytes, " bytes on device ", quoted(name_), ", in ",
         "which nets have ", bytes_.load(), ": ", error.text);
  }
  check(code, error);
  ++allocations_;
  bytes_ += bytes;
  return memory;
}

void Device::free(void* memory, int64_t bytes, caffe_queue* after) noexcept {
  table_->free(number_, memory, after);
  --allocations_;
  bytes_ -= bytes;
}

void Device::check(int code, const caffe_device_error& error) const {
  if (code == CAFFE_DEVICE_OK) return;
  fail(code == CAFFE_DEVICE_NO_MEMORY ? Status::kOutOfMemory : Status::kUnsupported, "device ",
       quoted(name_), ": ", error.text);
}

DeviceFigures Device::figures() const {
  return {allocations_, bytes_,     copies_[0],  copies_[1],
          copied_[0],   copied_[1], operations_, waits_};
}

void Device::count_copy(int direction, int64_t bytes) {
  if (direction == CAFFE_COPY_ON_DEVICE) return;
  ++copies_[direction];
  copied_[direction] += bytes;
}

Device& host_device() {
  static MadeOnce<Device> host;
  return host.get([] { return Device(kHost, 0, nullptr, 0); });
}

int64_t device_count() {
  int64_t count = 1;
  for (const auto& each : counts()) count += each.second;
  return count;
}

const char* device_name(int64_t index) {
  int64_t number = index - 1;
  for (const auto& [kind, count] : counts()) {
    if (number >= 0 && number < count) {
      return device_of(kind, static_cast<int>(number)).name().c_str();
    }
    number -= count;
  }
  if (index != 0) {
    fail(Status::kNotFound, "there is no device ", index, ": this machine has ", device_count(),
         " for this build");
  }
  return host_device().name().c_str();
}

std::string device_info(const Device& device) {
  const caffe_device_description about = device.describe();
  std::string text;
  const auto line = [&](const char* key, const auto& value) {
    text += str(key, ": ", value, "\n");
  };
  line("device", device.name());
  if (!device.is_host()) line("name", about.name);
  line("memory", about.memory);
  line("unused", about.unused);
  if (!device.is_host()) {
    const DeviceFigures figures = device.figures();
    line("allocations", figures.allocations);
    line("bytes", figures.bytes);
    line("operations", figures.operations);
    line("uploads", figures.uploads);
    line("downloads", figures.downloads);
    line("bytes_up", figures.bytes_up);
    line("bytes_down", figures.bytes_down);
    line("waits", figures.waits);
    text += about.details;
  }
  return text;
}

Device& find_device(const std::string& name) {
  if (name == kHost) return host_device();
  auto [kind, number] = parts_of(name);
  if (kind == "gpu") kind = gpu_kind();
  if (!is_kind(kind) || number < 0 || (kind != kGpu && !has_module(kind))) {
    fail(Status::kInvalidArgument, quoted(name),
         " is not the name of a device (\"cpu\", \"cuda\", \"cuda:1\" ...)");
  }
  if (!has_module(kind)) {
    fail_without_gpu(str("device ", quoted(name), " cannot be used"),
                     "choose \"cpu\", the default");
  }
  const int count = count_of(kind);
  if (number >= count) {
    fail(Status::kUnsupported, "device ", quoted(name), " cannot be used: there ",
         count == 1 ? "is 1" : str("are ", count), " of kind ", quoted(kind),
         "; choose \"cpu\", the default");
  }
  return device_of(kind, number);
}

Device& default_device() {
  if (Device* const device = chosen) return *device;
  const std::string name = device_of_environment();
  if (name.empty()) return host_device();
  return with_context([] { return std::string("the environment's CAFFE_DEVICE"); },
                      [&]() -> Device& { return find_device(name); });
}

Device* chosen_device() {
  if (chosen == nullptr && !device_of_environment().empty()) return &default_device();
  return chosen;
}

void set_default_device(Device* device) {
  chosen = device;
}

std::string gpu_name(int64_t n) {
  return str(gpu_kind(), ":", n);
}

bool has_gpu_kind() {
  return has_module(gpu_kind());
}

bool synchronous() {
  const char* text = std::getenv("CAFFE_SYNC");
  return text != nullptr && *text != '\0' && std::string(text) != "0";
}

void fail_without_gpu(const std::string& asked, const std::string& instead) {
  fail(Status::kUnsupported, asked, ": this build of libcaffe has no CUDA",
       instead.empty() ? "" : "; ", instead);
}

}  // namespace caffe
