// Devices by name, and those that are not there.
#include "core/device.hpp"

#include "core/error.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(device_names_are_kept_or_refused_with_the_reason) {
  CHECK_EQ(find_device("cpu").name().c_str(), device_name(0));
  for (const char* name : {"cuda", "cuda:0", "cuda:17"}) {
    CHECK_FAILS(Status::kUnsupported, "has no CUDA", find_device(name));
  }
  for (const char* name : {"", "tpu", "cuda:", "cuda:x", "CPU"}) {
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

}  // namespace
}  // namespace caffe::test
