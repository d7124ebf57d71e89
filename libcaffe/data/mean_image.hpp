// Mean images, as compute_image_mean writes them: a binaryproto with one image.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace caffe {

struct MeanImage {
  int64_t channels = 0, height = 0, width = 0;
  std::vector<float> values;  // C x H x W
};

// Fails with kShape on what is no image of so many channels.
MeanImage read_mean_image(const std::string& path, int64_t channels);

}  // namespace caffe
