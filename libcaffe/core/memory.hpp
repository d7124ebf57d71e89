// How much memory there is to be had.
#pragma once

#include <cstdint>

namespace caffe {

// The bytes that can be had without any program losing its own; INT64_MAX where the system does not
// say.
int64_t available_memory();

}  // namespace caffe
