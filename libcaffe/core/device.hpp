// Devices by name: the one place that knows which there are.
#pragma once

#include <cstdint>
#include <string>

namespace caffe {

int64_t device_count();
// Fails when there is none of that index. The text lives for ever.
const char* device_name(int64_t index);

// The name of the device as it is kept; it lives for ever. Fails with kInvalidArgument on what is
// no device's name, with kUnsupported and the reason on a device that is not there.
const char* find_device(const std::string& name);

// Where new nets live: the process's default.
const char* default_device();
// The same when somebody has set it, else nullptr.
const char* chosen_device();
void set_default_device(const char* name);

// Fails for want of a GPU: `asked` is what asked for one, `instead` what to do, or "".
[[noreturn]] void fail_without_gpu(const std::string& asked, const std::string& instead);

}  // namespace caffe
