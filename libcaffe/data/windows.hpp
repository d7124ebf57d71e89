// Windows of images, as R-CNN trains on them: the lists that name them, and the pixels of one,
// warped to a square with some of what is around it (Girshick et al., "Rich feature hierarchies for
// accurate object detection and semantic segmentation", CVPR 2014).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/pixels.hpp"

namespace caffe {

struct Window {
  size_t image;  // its place in WindowList::images
  int32_t label;
  int64_t x1, y1, x2, y2;  // corners included
};

struct WindowList {
  std::vector<std::string> images;  // as the list gives them
  std::vector<Window> background, objects;
};

// The windows whose overlap with an object is at least `object`, and those whose overlap is less
// than `background`, which get label 0. Fails when the file cannot be read or lists no image, and
// on windows outside of their image and objects without a label.
//
// The list has for every image `# number`, then its path, channels, height, width, how many
// windows, and a line `class overlap x1 y1 x2 y2` for each.
WindowList read_window_list(const std::string& source, float object, float background);

constexpr int64_t kWindowChannels = 3;

struct WindowCut {
  int64_t side = 0;         // of the square
  int64_t context_pad = 0;  // pixels of the square on each side that are around the window
  bool square = false;      // take the smallest square around the window, not the window as it is
};

// What of the square there are pixels for: it begins at row `above` and column `before`. Empty when
// all of it lies outside of the image.
struct WindowPart {
  Pixels pixels;
  int64_t above = 0, before = 0;
};

WindowPart window_part(const Pixels& image, const Window& window, const WindowCut& how,
                       bool mirrored);

}  // namespace caffe
