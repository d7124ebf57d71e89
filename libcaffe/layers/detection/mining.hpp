// Which of an image's boxes a loss is made of: there are thousands, and nearly all are background.
#pragma once

#include <vector>

#include "layers/detection/matching.hpp"
#include "layers/detection/suppression.hpp"

namespace caffe {

class Miner {
 public:
  // Fails for parameters out of range.
  explicit Miner(const MultiBoxLossParameter& param);

  // When not, all boxes are taken.
  bool active() const { return type_ != MultiBoxLossParameter::NONE; }
  // Whether the losses given are to have the location's part, too.
  bool wants_location_loss() const { return type_ == MultiBoxLossParameter::HARD_EXAMPLE; }
  // Whether `boxes` is looked at.
  bool wants_boxes() const { return active() && suppress_; }

  // From the losses of an image's boxes, their matches and best overlaps: puts the boxes that are
  // to be background into `negatives`, in order. For HARD_EXAMPLE, matches that are not among the
  // hardest become kUnmatched.
  void mine(const std::vector<float>& losses, const std::vector<Box>& boxes, int64_t* matches,
            const float* overlaps, std::vector<int64_t>& negatives);

 private:
  size_t wanted_count(const int64_t* matches, size_t boxes) const;

  MultiBoxLossParameter::MiningType type_;
  double negatives_per_positive_;
  float negative_overlap_;
  size_t sample_size_;
  bool suppress_;
  int64_t top_k_;
  Suppression suppression_;
  std::vector<Candidate> candidates_;
  std::vector<char> selected_;
};

}  // namespace caffe
