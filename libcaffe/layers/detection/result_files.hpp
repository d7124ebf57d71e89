// Detections written to files, in the formats of the challenges that evaluate them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "layers/detection/image_sizes.hpp"

namespace caffe {

struct Detection {
  int64_t image = 0, label = 0;
  float score = 0;
  Box box;
};

// What save_output_param says:
//
//   VOC     output_directory/output_name_prefix + name of the class + .txt for each class, of lines
//           `image score xmin ymin xmax ymax`
//   COCO    output_directory/output_name_prefix + .json, a list of objects with image_id,
//           category_id (the class's name), bbox (xmin, ymin, width, height) and score
//   ILSVRC  output_directory/output_name_prefix + .txt, of lines `image label score xmin ymin xmax
//           ymax`
//
// Boxes are in pixels: whole ones but for COCO. Names and numbers without quotes in JSON are what
// they are in the files given.
class ResultFiles {
 public:
  // Reads the files that are named and makes the folder. Every class of 0 .. classes - 1 but the
  // background must have a name.
  ResultFiles(const SaveOutputParameter& param, int64_t classes, int64_t background);

  // The next image's detections; the files are written after the last image of a round.
  void add(const Detection* begin, const Detection* end);

 private:
  // A detection and the place in images_ of its image.
  struct Entry {
    size_t image;
    Detection detection;
    Box pixels;
  };

  void write() const;
  void write_lines(bool by_class) const;
  void write_json() const;
  std::string path(const std::string& name) const;

  const SaveOutputParameter param_;
  std::map<int64_t, std::string> names_;  // of the classes
  std::vector<ImageSize> images_;
  std::vector<Entry> entries_;
  size_t next_ = 0;  // the place in images_ of the next image
};

}  // namespace caffe
