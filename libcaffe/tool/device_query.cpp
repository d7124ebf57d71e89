// `caffe device_query`: the devices nets can run on.
#include <cstdio>
#include <thread>

#include "caffe.h"
#include "core/device.hpp"
#include "tool/command.hpp"

namespace caffe::tool {

int device_query(const Flags& flags) {
  TOOL_LOG("Querying GPUs ", flags.text("gpu"));
  if (!flags.text("gpu").empty()) {
    fail_without_gpu("-gpu " + flags.text("gpu"), "");
  }
  std::printf("device: cpu\ncores: %u\n%s\n", std::thread::hardware_concurrency(),
              caffe_build_info());
  return 0;
}

}  // namespace caffe::tool
