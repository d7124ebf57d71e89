// The images that detections are reported for: their names and sizes, and boxes in their pixels.
#pragma once

#include <string>
#include <vector>

#include "layers/detection/boxes.hpp"
#include "schema/messages.hpp"

namespace caffe {

struct ImageSize {
  std::string name;
  int64_t height = 0, width = 0;
};

// A file of lines `name height width`. Fails, naming the line, when one is anything else.
std::vector<ImageSize> read_image_sizes(const std::string& path);

// The box in pixels of the image, which it is cut to. `resize` (nullptr: the image was stretched)
// says how the image was made into the net's input.
Box to_pixels(const Box& box, const ImageSize& image, const ResizeParameter* resize);

}  // namespace caffe
