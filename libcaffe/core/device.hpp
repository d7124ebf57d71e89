// Devices by name, and what one is to the core: a table of functions from the module of its kind,
// and figures of what it was asked for. The host is a device without a table: memory that is
// everybody's, and work that is done when a call returns.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "core/device_table.h"
#include "core/places.hpp"

namespace caffe {

// What a process has asked of a device so far.
struct DeviceFigures {
  int64_t allocations = 0;  // pieces of memory there are now
  int64_t bytes = 0;        // in them
  int64_t uploads = 0, downloads = 0;
  int64_t bytes_up = 0, bytes_down = 0;
  int64_t operations = 0;  // what its queues were given, copies included
  int64_t waits = 0;       // of the host for a queue
};

class Device {
 public:
  // `name` lives for ever; `number` is the device's among those of the table.
  Device(std::string name, uint8_t index, const caffe_device_table* table, int number);
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const std::string& name() const { return name_; }
  // Among all devices of the process, in Place::device; the host's is 0.
  uint8_t index() const { return index_; }
  bool is_host() const { return table_ == nullptr; }
  // Where plain floats lie on it.
  Place place() const { return Place::kHost.on(index_); }
  // Of a device that is not the host.
  const caffe_device_table& table() const { return *table_; }
  int number() const { return number_; }

  // Its name as a product, its memory in bytes, lines of details.
  caffe_device_description describe() const;

  // New memory, with whatever contents; fails with kOutOfMemory.
  void* allocate(int64_t bytes, caffe_queue* queue);
  // Gives it back when `after`, unless null, is done with what it has been given.
  void free(void* memory, int64_t bytes, caffe_queue* after) noexcept;

  // Throws what a function of the table has answered, unless it went well.
  void check(int code, const caffe_device_error& error) const;

  DeviceFigures figures() const;
  void count_copy(int direction, int64_t bytes);
  void count_operation() { ++operations_; }
  void count_wait() { ++waits_; }

 private:
  const std::string name_;
  const uint8_t index_;
  const caffe_device_table* const table_;
  const int number_;
  std::atomic<int64_t> allocations_{0}, bytes_{0}, operations_{0}, waits_{0};
  std::atomic<int64_t> copies_[2] = {}, copied_[2] = {};  // by direction
};

// Those there are: the host, then those of the modules that are installed.
int64_t device_count();
// Fails when there is none of that index. The text lives for ever.
const char* device_name(int64_t index);

// The device of that name ("cpu", "cuda", "cuda:1"; "gpu:1" is gpu_name(1)); it lives for ever.
// Fails with kInvalidArgument on what is no device's name, with kUnsupported and the reason on a
// device that is not there.
Device& find_device(const std::string& name);
Device& host_device();

// What is known of it and what it was asked for, as lines "key: value".
std::string device_info(const Device& device);

// Where new nets live: what set_default_device() says, else the environment's CAFFE_DEVICE, else
// the host.
Device& default_device();
// The same when somebody has chosen one, else nullptr.
Device* chosen_device();
void set_default_device(Device* device);

// The name of the n-th device of the kind that programs mean by a GPU: what CAFFE_DEVICE names when
// that is not the host, else "cuda".
std::string gpu_name(int64_t n);
// Whether the module of that kind is installed.
bool has_gpu_kind();

// Whether CAFFE_SYNC is set: queues made from now on wait for every operation, so that what fails
// says so where it was issued.
bool synchronous();

// Fails for want of a GPU: `asked` is what asked for one, `instead` what to do, or "".
[[noreturn]] void fail_without_gpu(const std::string& asked, const std::string& instead);

}  // namespace caffe
