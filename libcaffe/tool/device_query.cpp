// `caffe device_query`: the devices nets can run on.
#include <cstdio>
#include <thread>

#include "caffe.h"
#include "core/device.hpp"
#include "tool/command.hpp"

namespace caffe::tool {

int device_query(const Flags& flags) {
  TOOL_LOG("Querying GPUs ", flags.text("gpu"));
  const std::string gpu = flags.text("gpu");
  if (!gpu.empty() && !has_gpu_kind()) fail_without_gpu("-gpu " + gpu, "");
  if (gpu.empty()) {
    std::printf("device: cpu\ncores: %u\n%s\n", std::thread::hardware_concurrency(),
                caffe_build_info());
  }
  const std::string wanted = gpu.empty() || gpu == "all" ? "" : gpu_name(gpu_number(gpu));
  if (!wanted.empty()) find_device(wanted);
  for (int64_t i = 1; i < device_count(); ++i) {
    const Device& device = find_device(device_name(i));
    if (!wanted.empty() && device.name() != wanted) continue;
    std::printf("%s", device_info(device).c_str());
  }
  return 0;
}

}  // namespace caffe::tool
