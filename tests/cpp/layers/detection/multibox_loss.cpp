#include <cmath>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

// Two boxes apart, the second out of the image; all variances are 0.1.
const Values kPriors = {0,    0,    0.5f, 0.5f, 0.5f, 0.5f, 1.1f, 1,
                        0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f};
// In image 0 the first prior's box, in image 1 one near the second's.
const Values kTruth = {0, 1, 0, 0, 0, 0.5f, 0.5f, 0, 1, 2, 0, 0.5f, 0.5f, 1, 1, 1};

std::string multibox_loss(const std::string& fields, const std::string& others = "") {
  return "type: 'MultiBoxLoss' multibox_loss_param { num_classes: 3 " + fields + " } " + others;
}

const std::map<size_t, Values> kGiven = {{2, kPriors}, {3, kTruth}};
const std::vector<std::vector<int64_t>> kShared = {{2, 8}, {2, 6}, {1, 2, 8}, {1, 1, 2, 8}};
const std::vector<std::vector<int64_t>> kOwn = {{2, 24}, {2, 6}, {1, 2, 8}, {1, 1, 2, 8}};

const GradientCases gradients{
    {multibox_loss("mining_type: NONE"), kShared, 2, 0, TRAIN, 1, kGiven},
    {multibox_loss("mining_type: NONE loc_loss_type: L2 loc_weight: 0.5 code_type: CENTER_SIZE"),
     kShared, 2, 0, TRAIN, 1, kGiven},
    {multibox_loss("mining_type: NONE conf_loss_type: LOGISTIC bp_inside: true"), kShared, 2, 0,
     TRAIN, 1, kGiven},
    {multibox_loss("mining_type: NONE share_location: false code_type: CORNER_SIZE"), kOwn, 2, 0,
     TRAIN, 1, kGiven},
    {multibox_loss("neg_pos_ratio: 10 match_type: BIPARTITE", "loss_param { normalization: FULL }"),
     kShared, 2, 0, TRAIN, 1, kGiven},
    {multibox_loss("mining_type: HARD_EXAMPLE conf_loss_type: LOGISTIC"), kShared, 2, 0, TRAIN, 1,
     kGiven},
};

// One image, with the first prior's ground truth unless another is given.
struct Loss {
  Loss(const std::string& fields, const Values& offsets, const Values& scores,
       const std::string& others = "", Values truth = {0, 1, 0, 0, 0, 0.5f, 0.5f, 0})
      : run(multibox_loss(fields, others),
            {{{1, static_cast<int64_t>(offsets.size())}, offsets},
             {{1, 6}, scores},
             {{1, 2, 8}, kPriors},
             {{1, 1, static_cast<int64_t>(truth.size()) / 8, 8}, truth}}) {
    run.forward();
    value = run.out()[0];
  }
  void backward(const std::vector<bool>& wanted = {true, true, false, false}) {
    run.set_top_diff(0, {1});
    run.backward(wanted);
  }

  LayerRun run;
  float value;
};

const Values kNoScores(6, 0), kNoOffsets(8, 0);
const float kLog3 = std::log(3.0f);

TEST(multibox_loss_is_of_matches_and_as_many_negatives_as_there_are) {
  // d is 2 at one coordinate of the match: 1.5; both priors lose log 3.
  Loss loss("", {2, 0, 0, 0, 9, 9, 9, 9}, kNoScores);
  CHECK_NEAR(loss.value, 1.5f + 2 * kLog3, 1e-5, 0);
  loss.backward();
  CHECK_CLOSE(loss.run.bottom_diff(0), {1, 0, 0, 0, 0, 0, 0, 0});
  const float third = 1.0f / 3;
  CHECK_CLOSE(loss.run.bottom_diff(1), {third, -2 * third, third, -2 * third, third, third});
}

TEST(multibox_loss_counts_the_parts_that_propagate) {
  const Values offsets = {2, 0, 0, 0, 0, 0, 0, 0};
  CHECK_NEAR(Loss("", offsets, kNoScores, "propagate_down: true propagate_down: false").value, 1.5f,
             1e-5, 0);
  Loss scores("", offsets, kNoScores, "propagate_down: false propagate_down: true");
  CHECK_NEAR(scores.value, 2 * kLog3, 1e-5, 0);
  scores.backward({false, true, false, false});
  CHECK_NEAR(Loss("loc_weight: 4 loc_loss_type: L2", offsets, kNoScores,
                  "propagate_down: true "
                  "propagate_down: false")
                 .value,
             8, 1e-5, 0);
}

TEST(multibox_loss_without_ground_truth) {
  const Values none = {-1, -1, -1, -1, -1, -1, -1, -1};
  CHECK_EQ(Loss("", kNoOffsets, kNoScores, "", none).value, 0.0f);
  CHECK_NEAR(Loss("mining_type: NONE", kNoOffsets, kNoScores, "", none).value, 2 * kLog3, 1e-5, 0);
  const Values difficult = {0, 1, 0, 0, 0, 0.5f, 0.5f, 1};
  CHECK_EQ(Loss("use_difficult_gt: false", kNoOffsets, kNoScores, "", difficult).value, 0.0f);
  LayerRun empty(multibox_loss(""),
                 {{{0, 8}, {}}, {{0, 6}, {}}, {{1, 2, 8}, kPriors}, {{1, 1, 0, 8}, {}}});
  empty.forward();
  CHECK_CLOSE(empty.out(), {0});
  LayerRun no_priors(
      "type: 'MultiBoxLoss' multibox_loss_param { num_classes: 4000000000 "
      "share_location: false mining_type: NONE use_prior_for_matching: false }",
      {{{1, 0}, {}}, {{1, 0}, {}}, {{1, 2, 0}, {}}, {{1, 1, 1, 8}, {0, 1, 0, 0, 0, 1, 1, 0}}});
  no_priors.forward();
  CHECK_CLOSE(no_priors.out(), {0});
}

TEST(multibox_loss_mining_takes_the_hardest) {
  // The second prior's class 2 is sure: as background it loses 20.
  const Values sure = {0, 0, 0, 0, 0, 20};
  CHECK_NEAR(Loss("mining_type: HARD_EXAMPLE sample_size: 1", kNoOffsets, sure).value, 20, 1e-5, 0);
  CHECK_NEAR(Loss("mining_type: HARD_EXAMPLE", kNoOffsets, sure).value, 20 + kLog3, 1e-5, 0);
  CHECK_NEAR(Loss("neg_pos_ratio: 0.5", kNoOffsets, sure).value, kLog3, 1e-5, 0);
  CHECK_NEAR(Loss("do_neg_mining: false neg_pos_ratio: 0.5", kNoOffsets, sure).value, 20 + kLog3,
             1e-5, 0);
  CHECK_NEAR(Loss("nms_param { top_k: 0 }", kNoOffsets, sure).value, kLog3, 1e-5, 0);
  CHECK_NEAR(Loss("nms_param { }", kNoOffsets, sure).value, 20 + kLog3, 1e-5, 0);
}

TEST(multibox_loss_of_sigmoids) {
  // Without mining the prior that is not matched has no label.
  const Values scores = {0, 3, 0, 2, 0, 0};
  const auto off = [](float x) { return std::log1p(std::exp(x)); };
  CHECK_NEAR(Loss("conf_loss_type: LOGISTIC mining_type: NONE", kNoOffsets, scores).value,
             4 * off(0) + off(-3) + off(2), 1e-5, 0);
  CHECK_NEAR(Loss("conf_loss_type: LOGISTIC", kNoOffsets, scores).value,
             4 * off(0) + off(-3) + off(-2), 1e-5, 0);
}

TEST(multibox_loss_leaves_out_boxes_across_the_boundary) {
  const std::string fields = "ignore_cross_boundary_bbox: true";
  CHECK_NEAR(Loss(fields, kNoOffsets, kNoScores).value, kLog3, 1e-5, 0);
  CHECK_NEAR(Loss("bp_inside: true overlap_threshold: 0.3", {0, 0, 0, 0, 3, 0, 9, 0}, kNoScores, "",
                  {0, 1, 0, 0.5f, 0.5f, 1.1f, 1, 0})
                 .value,
             2.5f + 2 * kLog3, 1e-5, 0);
}

TEST(multibox_loss_without_difference_of_classes) {
  const std::string text =
      "type: 'MultiBoxLoss' multibox_loss_param { num_classes: 2 "
      "map_object_to_agnostic: true }";
  LayerRun run(text, {{{1, 8}, kNoOffsets},
                      {{1, 4}, {0, 0, 0, 0}},
                      {{1, 2, 8}, kPriors},
                      {{1, 1, 1, 8}, {0, 17, 0, 0, 0, 0.5f, 0.5f, 0}}});
  run.forward();
  CHECK_NEAR(run.out()[0], 2 * std::log(2.0f), 1e-5, 0);
}

TEST(multibox_loss_refuses_wrong_parameters) {
  const auto refused = [](Status status, const std::string& part, const std::string& fields) {
    CHECK_FAILS(status, part, Loss(fields, kNoOffsets, kNoScores));
  };
  refused(Status::kUnsupported, "share_location", "share_location: false");
  refused(Status::kInvalidArgument, "neg_pos_ratio", "neg_pos_ratio: 0");
  refused(Status::kInvalidArgument, "sample_size", "mining_type: HARD_EXAMPLE sample_size: 0");
  refused(Status::kInvalidArgument, "contradict", "do_neg_mining: true mining_type: NONE");
  refused(Status::kInvalidArgument, "background_label_id: 3", "background_label_id: 3");
  refused(Status::kInvalidArgument, "map_object_to_agnostic", "map_object_to_agnostic: true");
  CHECK_FAILS(Status::kShape, "2 priors want N x 8", Loss("", {0, 0, 0, 0}, kNoScores));
  CHECK_FAILS(Status::kShape, "1 x 1 x boxes x 8",
              LayerRun(multibox_loss(""),
                       {{{1, 8}, {}}, {{1, 6}, {}}, {{1, 2, 8}, {}}, {{1, 1, 2, 7}, {}}}));
}

TEST(multibox_loss_refuses_wrong_ground_truth) {
  const auto refused = [](const std::string& part, float image, float label) {
    CHECK_FAILS(Status::kInvalidArgument, part,
                Loss("", kNoOffsets, kNoScores, "", {image, label, 0, 0, 0, 1, 1, 0}));
  };
  refused("row 0 has the label 3", 0, 3);
  refused("row 0 has the label 0 of the background", 0, 0);
  refused("row 0 has the label nan", 0, NAN);
  refused("row 0 is of image 1", 1, 1);
  refused("row 0 is of image nan", NAN, 1);
  Loss loss("", kNoOffsets, kNoScores);
  CHECK_FAILS(Status::kUnsupported, "propagate_down: false",
              loss.backward({true, true, true, false}));
}

TEST(multibox_loss_refuses_priors_without_variance) {
  LayerRun run(multibox_loss(""), {{{1, 4}, {0, 0, 0, 0}},
                                   {{1, 3}, {0, 0, 0}},
                                   {{1, 2, 4}, {0, 0, 1, 1, 0, 1, 1, 1}},
                                   {{1, 1, 1, 8}, {0, 1, 0, 0, 0, 1, 1, 0}}});
  CHECK_FAILS(Status::kInvalidArgument, "variance 0 of prior 0 is 0", run.forward());
}

}  // namespace
}  // namespace caffe::test
