// Greedy suppression: the order, the threshold, many boxes.
#include "layers/detection/suppression.hpp"

#include <cmath>

#include "support/check.hpp"

namespace caffe::test {
namespace {

std::vector<int64_t> best(std::vector<Candidate> candidates, int64_t top_k) {
  sort_best(candidates, top_k);
  std::vector<int64_t> indices;
  for (const Candidate& each : candidates) indices.push_back(each.index);
  return indices;
}

TEST(sort_best_is_stable_and_puts_what_is_no_number_first) {
  const std::vector<Candidate> some = {{1, 0}, {3, 1}, {NAN, 2}, {3, 3}, {2, 4}};
  CHECK(best(some, -1) == std::vector<int64_t>({2, 1, 3, 4, 0}));
  CHECK(best(some, 2) == std::vector<int64_t>({2, 1}));
  CHECK(best(some, 0).empty());
  CHECK(best(some, 9).size() == 5);
}

TEST(suppression_drops_only_what_overlaps_more_than_the_threshold) {
  Suppression half(0.5f);
  half.reset(4);
  CHECK(half.keep({0, 0, 1, 1}));
  CHECK(half.keep({0, 0, 1, 0.5f}));  // exactly one half
  CHECK(!half.keep({0, 0, 1, 0.75f}));
  CHECK(half.keep({2, 2, 3, 3}));
  half.reset(1);
  CHECK(half.keep({0, 0, 1, 0.75f}));
}

TEST(suppression_threshold_shrinks_while_it_is_above_one_half) {
  Suppression shrinking(0.8f, 0.5f);
  shrinking.reset(3);
  CHECK(shrinking.keep({0, 0, 1, 1}));      // 0.4 from here on
  CHECK(!shrinking.keep({0, 0, 1, 0.5f}));  // 0.5
  CHECK(shrinking.keep({0, 0, 1, 0.4f}));
}

TEST(suppression_looks_at_more_than_one_block) {
  Suppression none(0);
  none.reset(50);
  for (int i = 0; i < 40; ++i) {
    const float at = static_cast<float>(2 * i);
    CHECK(none.keep({at, 0, at + 1, 1}));
  }
  CHECK(!none.keep({70.5f, 0, 70.6f, 1}));
  CHECK(none.keep({71.5f, 0, 71.6f, 1}));
}

}  // namespace
}  // namespace caffe::test
