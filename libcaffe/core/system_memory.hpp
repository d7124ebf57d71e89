// How much memory there is to be had.
#pragma once

#include <cstdint>

namespace caffe {

// The bytes that can be had without any program losing its own; INT64_MAX where the system does not
// say.
int64_t available_memory();

// Fails when `count` pieces of `bytes` each are more than that: what is made for as many of
// something as a net's text says may be anything.
void require_memory(const char* what, int64_t count, int64_t bytes);

}  // namespace caffe
