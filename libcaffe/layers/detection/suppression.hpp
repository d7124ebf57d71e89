// Greedy non-maximum suppression: of boxes that come best first, those that do not overlap a
// better one too much.
#pragma once

#include <cstdint>
#include <vector>

#include "layers/detection/boxes.hpp"

namespace caffe {

// Something with a score, and which one it is.
struct Candidate {
  float score;
  int64_t index;
};

// Leaves the best `top_k` (-1: all), best first, those of equal score in the order of their
// indices. A score that is no number is the best.
void sort_best(std::vector<Candidate>& candidates, int64_t top_k);

class Suppression {
 public:
  // A box is dropped when it overlaps one that was kept by more than `threshold`, which each kept
  // box multiplies by `eta` while it is above one half.
  explicit Suppression(float threshold, float eta = 1) : start_(threshold), eta_(eta) {}

  // Begins anew. Up to `boxes` more may then come without memory being asked for.
  void reset(size_t boxes);
  // Whether the box is kept.
  bool keep(const Box& box);

 private:
  float start_, eta_;
  float threshold_ = 0;
  size_t kept_ = 0;
  std::vector<float> xmin_, ymin_, xmax_, ymax_, area_;  // of those kept, in whole blocks
};

}  // namespace caffe
