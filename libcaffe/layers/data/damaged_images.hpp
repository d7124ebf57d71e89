// Which of a layer's images are cut off or damaged within their pixels: trainings go on with what
// can be read of them, and the log says how many there are without a line for each of every epoch.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include "core/per_process.hpp"

namespace caffe {

class DamagedImages {
 public:
  explicit DamagedImages(std::string layer) : layer_(std::move(layer)) {}

  // `image` was read as far as it goes; `damage` is decode_image's, nothing when all of it is
  // there. Warns of the first image, the tenth, the hundredth, ..., each counted once.
  void add(const std::string& image, const std::string& damage);

 private:
  struct Seen {
    std::unordered_set<std::string> images;
    size_t next = 1;  // the count at which to warn again
  };

  const std::string layer_;
  // A thread that reads ahead adds to them.
  PerProcess<Seen> seen_{[] { return std::make_unique<Seen>(); }};
};

}  // namespace caffe
