// Lists of images and names in text files, and the order in which their lines are taken.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/rng.hpp"

namespace caffe {

struct ListedImage {
  std::string path;   // as the list gives it
  std::string label;  // what stands behind it: a number, or another path
  int64_t line = 0;   // counted from 1
};

// A line `path label` for each image: the label stands behind the last blank, so that the path may
// have blanks in it. Empty lines are passed over. Fails when the file cannot be read, lists
// nothing, or has a line without a label.
std::vector<ListedImage> read_image_list(const std::string& source);

// A line for each name: its first word, what stands behind it is not looked at. Empty lines are
// passed over. Fails when the file cannot be read, or has no name in it.
std::vector<ListedImage> read_name_list(const std::string& source);

// The label of an image in a list when it is a whole number; fails when it is none.
int32_t class_label(const ListedImage& image);

// Where an image of a list is: `root`, a folder, and `path` behind it. Without a slash between them
// it is also, as in BVLC Caffe, the two put together as they are, when only that exists.
std::string image_path(const std::string& root, const std::string& path);

// The endless stream of `count` things taken epoch after epoch, each in another random order when
// they are shuffled. The order is a function of the seed, the stream and the epoch.
class EpochOrder {
 public:
  EpochOrder(int64_t count, bool shuffled, uint64_t seed, uint64_t stream);

  // The thing at `position` of the stream.
  int64_t at(int64_t position);

 private:
  const int64_t count_;
  const bool shuffled_;
  const uint64_t seed_, stream_;
  int64_t epoch_ = -1;  // of order_
  std::vector<int64_t> order_;
};

}  // namespace caffe
