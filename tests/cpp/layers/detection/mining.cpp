// Which boxes become background, or are learned from at all.
#include "layers/detection/mining.hpp"

#include "cpp/layers/base/layer_run.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

Miner miner(const std::string& fields) {
  MultiBoxLossParameter param;
  parse_text(fields, param);
  return Miner(param);
}

// Five boxes: the second is matched, the last overlaps an object somewhat.
struct Image {
  std::vector<float> losses = {1, 5, 3, 4, 9};
  std::vector<Box> boxes = {{0, 0, 1, 1}, {0, 0, 1, 1}, {2, 2, 3, 3}, {2, 2, 3, 3}, {5, 5, 6, 6}};
  std::vector<int64_t> matches = {kUnmatched, 0, kUnmatched, kUnmatched, kUnmatched};
  std::vector<float> overlaps = {0, 1, 0.1f, 0.2f, 0.7f};

  std::vector<int64_t> negatives(Miner miner) {
    std::vector<int64_t> found;
    miner.mine(losses, boxes, matches.data(), overlaps.data(), found);
    return found;
  }
};

using Indices = std::vector<int64_t>;

TEST(mining_takes_the_hardest_negatives_for_each_positive) {
  CHECK(Image().negatives(miner("neg_pos_ratio: 1")) == Indices({3}));
  CHECK(Image().negatives(miner("neg_pos_ratio: 2.9")) == Indices({2, 3}));
  CHECK(Image().negatives(miner("neg_pos_ratio: 9")) == Indices({0, 2, 3}));
  CHECK(Image().negatives(miner("neg_pos_ratio: 1 neg_overlap: 0.8")) == Indices({4}));
  Image none;
  none.matches[1] = kUnmatched;
  CHECK(none.negatives(miner("neg_pos_ratio: 3")).empty());
}

TEST(mining_of_hard_examples_gives_up_easy_matches) {
  Image image;
  CHECK(image.negatives(miner("mining_type: HARD_EXAMPLE sample_size: 1")) == Indices({4}));
  CHECK(image.matches == std::vector<int64_t>(5, kUnmatched));
  Image more;
  CHECK(more.negatives(miner("mining_type: HARD_EXAMPLE sample_size: 2")) == Indices({4}));
  CHECK_EQ(more.matches[1], int64_t{0});
}

TEST(mining_suppresses_boxes_that_overlap_a_harder_one) {
  CHECK(Image().negatives(miner("neg_pos_ratio: 9 nms_param { nms_threshold: 0.5 }")) ==
        Indices({0, 3}));
}

TEST(mining_says_what_it_wants_to_know) {
  CHECK(!miner("mining_type: NONE").active());
  CHECK(!miner("do_neg_mining: false").active());
  CHECK(!miner("").wants_location_loss() && !miner("").wants_boxes());
  CHECK(miner("mining_type: HARD_EXAMPLE sample_size: 3").wants_location_loss());
  CHECK(miner("nms_param { nms_threshold: 0.5 }").wants_boxes());
}

TEST(mining_refuses_parameters_out_of_range) {
  CHECK_FAILS(Status::kUnsupported, "share_location: false", miner("share_location: false"));
  CHECK_FAILS(Status::kInvalidArgument, "neg_pos_ratio: 0", miner("neg_pos_ratio: 0"));
  CHECK_FAILS(Status::kInvalidArgument, "sample_size: 0",
              miner("mining_type: HARD_EXAMPLE sample_size: 0"));
  CHECK_FAILS(Status::kInvalidArgument, "contradict",
              miner("do_neg_mining: true mining_type: NONE"));
}

}  // namespace
}  // namespace caffe::test
