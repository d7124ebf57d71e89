// Images in a folder for each class: ROOT/cat/1.jpg, ROOT/dog/more/2.png.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace caffe::tool {

struct ClassImage {
  std::string path;  // below the root
  int32_t label;
};

struct ClassFolders {
  std::vector<std::string> names;  // a class's label is its place here
  std::vector<ClassImage> images;  // class after class, by their paths
  int64_t others = 0;              // files that are not taken for images
};

// The folders in `root`, their names in the order of their bytes, and the images anywhere below
// them, by the endings of their names; links are followed. What begins with a dot is passed over.
// Fails when there is no folder, no image, or when something cannot be looked into.
ClassFolders find_class_folders(const std::string& root);

// Takes `percent` of each class out of `images`, drawn by `seed`, and returns them: as many as
// rounding gives, but never all.
std::vector<ClassImage> split_off(std::vector<ClassImage>& images, int percent, uint64_t seed);

}  // namespace caffe::tool
