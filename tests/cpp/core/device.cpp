// Devices by name, and those that are not there.
#include "core/device.hpp"

#include <memory>
#include <string>

#include "core/error.hpp"
#include "core/queue.hpp"
#include "support/check.hpp"
#include "support/emulated.hpp"

namespace caffe::test {
namespace {

TEST(device_names_are_kept_or_refused_with_the_reason) {
  CHECK_EQ(find_device("cpu").name().c_str(), device_name(0));
  for (const char* name : {"cuda", "cuda:0", "cuda:17"}) {
    CHECK_FAILS(Status::kUnsupported, "has no CUDA", find_device(name));
  }
  for (const char* name : {"", "gpus", "cuda:", "cuda:x", "CPU"}) {
    CHECK_FAILS(Status::kInvalidArgument, "is not the name of a device", find_device(name));
  }
  CHECK_FAILS(Status::kNotFound, "there is no device 9", device_name(9));
}

TEST(device_of_new_nets_is_the_one_that_was_set) {
  Device& before = default_device();
  set_default_device(nullptr);
  CHECK(&default_device() == &before);
  set_default_device(&host_device());
  CHECK(chosen_device() == &find_device("cpu"));
  CHECK(&default_device() == &host_device());
  set_default_device(nullptr);
}

TEST(device_of_a_module_is_one_for_all) {
  Device& device = find_device("emulated:0");
  CHECK(&find_device("emulated") == &device);
  CHECK(device.index() != 0 && !device.is_host());
  CHECK_EQ(device.name(), "emulated:0");
  CHECK(host_device().is_host());
  CHECK_EQ(host_device().index(), 0);
  CHECK(host_device().place() == Place::kHost && !device.place().on_host());
  CHECK_FAILS(Status::kUnsupported, "there is 1 of kind \"emulated\"", find_device("emulated:1"));
  for (const char* name : {"emulated:x", "emulated:-1", "emulated:0:0", "Emulated"}) {
    CHECK_FAILS(Status::kInvalidArgument, "is not the name of a device", find_device(name));
  }
}

TEST(device_info_is_lines_of_keys) {
  const std::string text = device_info(emulated());
  for (const char* key :
       {"device: emulated:0\n", "name: an emulated device\n", "memory: ", "unused: ", "bytes: ",
        "operations: ", "uploads: ", "downloads: ", "waits: ", "kernels: the reference's\n"}) {
    CHECK(text.find(key) != std::string::npos);
  }
  CHECK(device_info(host_device()).find("device: cpu\nmemory: ") == 0);
}

TEST(device_memory_that_is_not_there_says_how_much_nets_have) {
  const Faults faults;
  const int64_t before = emulated().figures().bytes;
  const std::shared_ptr<Queue> queue = Queue::make(emulated());
  void* const memory = queue->allocate(100);
  CHECK_EQ(emulated().figures().bytes, before + 100);
  faults.fail_allocation(1);
  CHECK_FAILS(Status::kOutOfMemory, str("in which nets have ", before + 100, ": it was told"),
              queue->allocate(5));
  queue->free(memory, 100);
  CHECK_EQ(emulated().figures().bytes, before);
}

}  // namespace
}  // namespace caffe::test
