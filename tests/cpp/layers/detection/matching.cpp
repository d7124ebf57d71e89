#include "layers/detection/matching.hpp"

#include "support/check.hpp"

namespace caffe::test {
namespace {

using Matches = std::vector<int64_t>;

// A row of boxes from `begin` to `end`, all one high.
Box span(float begin, float end) {
  return {begin, 0, end, 1};
}

Matches matched(Matcher matcher, const std::vector<Box>& boxes, const std::vector<Truth>& truths,
                int64_t label = -1) {
  Matches matches(boxes.size());
  std::vector<float> overlaps(boxes.size());
  matcher.match(boxes, truths, 0, truths.size(), label, matches.data(), overlaps.data());
  return matches;
}

const Matcher kPairs(MultiBoxLossParameter::BIPARTITE, 0.5f, false);
const Matcher kAll(MultiBoxLossParameter::PER_PREDICTION, 0.5f, false);

TEST(matching_gives_the_best_pair_first) {
  // The second truth overlaps box 0 most, too, but the first does it better.
  const std::vector<Box> boxes = {span(0, 4), span(5, 9)};
  const std::vector<Truth> truths = {{0, 1, false, span(0, 4)}, {0, 2, false, span(1, 6)}};
  CHECK(matched(kPairs, boxes, truths) == Matches({0, 1}));
  CHECK(matched(kPairs, boxes, truths, 2) == Matches({1, kUnmatched}));
  CHECK(matched(kPairs, boxes, truths, 3) == Matches({kUnmatched, kUnmatched}));
}

TEST(matching_of_equal_overlaps_takes_the_earlier_box) {
  const std::vector<Box> boxes = {span(0, 2), span(0, 2), span(0, 2)};
  const std::vector<Truth> truths = {{0, 1, false, span(0, 2)}, {0, 1, false, span(0, 2)}};
  CHECK(matched(kPairs, boxes, truths) == Matches({0, 1, kUnmatched}));
  CHECK(matched(kAll, boxes, truths) == Matches({0, 1, 0}));
}

TEST(matching_by_the_threshold) {
  const std::vector<Box> boxes = {span(0, 4), span(0, 2), span(0, 1.9f), span(8, 9)};
  const std::vector<Truth> truths = {{0, 1, false, span(0, 4)}};
  CHECK(matched(kAll, boxes, truths) == Matches({0, 0, kUnmatched, kUnmatched}));
}

TEST(matching_leaves_out_boxes_across_the_boundary) {
  const Matcher inside(MultiBoxLossParameter::PER_PREDICTION, 0.5f, true);
  const std::vector<Truth> truths = {{0, 1, false, span(0, 1)}};
  CHECK(matched(inside, {span(0, 1.1f), span(0, 1)}, truths) == Matches({kLeftOut, 0}));
}

}  // namespace
}  // namespace caffe::test
