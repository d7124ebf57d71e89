// Which ground truth each box is to learn.
#pragma once

#include <vector>

#include "layers/detection/truths.hpp"

namespace caffe {

// What a box is matched with when it is no truth's place in the list.
constexpr int64_t kUnmatched = -1;
constexpr int64_t kLeftOut = -2;  // it is neither an object nor background

class Matcher {
 public:
  Matcher(MultiBoxLossParameter::MatchType type, float threshold, bool ignore_cross_boundary);

  // Matches boxes with truths[begin .. end) whose label is `label` (-1: any). First pairs, the best
  // overlap first (of equal ones the earlier box's, then the earlier truth's), each box and truth
  // once; then, for PER_PREDICTION, every box that is left with the truth it overlaps most, if by
  // the threshold or more. matches[i] becomes a place in `truths` or one of the above;
  // overlaps[i] the best overlap of box i with any of them.
  void match(const std::vector<Box>& boxes, const std::vector<Truth>& truths, size_t begin,
             size_t end, int64_t label, int64_t* matches, float* overlaps);

 private:
  struct Best {
    size_t truth;
    float overlap;
    int64_t box;
  };

  Best best_box(size_t column, int64_t boxes, const int64_t* matches) const;
  void match_pairs(int64_t boxes, int64_t* matches);

  MultiBoxLossParameter::MatchType type_;
  float threshold_;
  bool ignore_cross_boundary_;
  std::vector<size_t> columns_;  // the places of the truths that take part
  std::vector<float> table_;     // a row of overlaps for each of them
};

}  // namespace caffe
