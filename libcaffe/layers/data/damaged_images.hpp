// Which of a layer's images are cut off or damaged within their pixels: trainings go on with what
// can be read of them, and the log says how many there are without a line for each of every epoch.
#pragma once

#include <string>
#include <unordered_set>
#include <utility>

namespace caffe {

// An image, and what decode_image says is wrong with it: nothing when all of it is there.
struct ImageDamage {
  std::string image, damage;
};

class DamagedImages {
 public:
  explicit DamagedImages(std::string layer) : layer_(std::move(layer)) {}

  // Warns of the first image, the tenth, the hundredth, ..., each counted once.
  void add(const ImageDamage& one);

 private:
  const std::string layer_;
  std::unordered_set<std::string> seen_;
  size_t next_ = 1;  // the count at which to warn again
};

}  // namespace caffe
