// What losses share: what a sum is divided by, empty batches, and fields that a loss does not know.
#include "layers/base/loss.hpp"

#include "cpp/layers/base/layer_run.hpp"
#include "cpp/layers/loss/loss_run.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(label_losses_of_an_empty_batch_are_0) {
  for (const char* type : {"HingeLoss'", "MultinomialLogisticLoss'", "SigmoidCrossEntropyLoss'"}) {
    const Shape second = type[0] == 'S' ? Shape{0, 3} : Shape{0};
    CHECK_CLOSE(ran(type, {{{0, 3}, {}}, {second, {}}}).out(), {0});
  }
  CHECK_CLOSE(ran("ContrastiveLoss'", {{{0, 3}, {}}, {{0, 3}, {}}, {{0}, {}}}).out(), {0});
  CHECK_CLOSE(ran("InfogainLoss'", {{{0, 2}, {}}, {{0}, {}}, {{2, 2}, {}}}).out(), {0});
}

TEST(losses_reject_fields_that_they_do_not_know) {
  const std::vector<Input> inputs = {{{2, 2}, {}}, {{2, 2}, {}}};
  CHECK_FAILS(Status::kUnsupported, "a SigmoidCrossEntropyLoss layer does not weigh classes",
              LayerRun("type: 'SigmoidCrossEntropyLoss' loss_param { weight_by_label_freqs: true }",
                       inputs));
  CHECK_FAILS(
      Status::kUnsupported, "background_weight are not supported",
      LayerRun("type: 'SigmoidCrossEntropyLoss' loss_param { background_weight: 2 }", inputs));
  CHECK_FAILS(Status::kUnsupported, "weight_source is not supported",
              LayerRun("type: 'SoftmaxWithLoss' softmax_loss_param { weight_source: 'w.txt' }",
                       {{{2, 2}, {}}, {{2}, {0, 0}}}));
  CHECK_FAILS(Status::kUnsupported, "only L2 is supported",
              LayerRun("type: 'EuclideanLoss' euclidean_loss_param { type: L2sqrt }", inputs));
}

// Of 6 items in 2 batches of 3, of which 4 are not ignored.
double divisor(const std::string& fields, int64_t valid = 4) {
  LossParameter param;
  parse_text(fields, param);
  return LossNormalization(param).divisor(2, 3, valid);
}

TEST(loss_normalization_divides_as_told) {
  CHECK_EQ(divisor(""), 4.0);
  CHECK_EQ(divisor("normalization: VALID"), 4.0);
  CHECK_EQ(divisor("normalization: FULL"), 6.0);
  CHECK_EQ(divisor("normalization: BATCH_SIZE"), 2.0);
  CHECK_EQ(divisor("normalization: NONE"), 1.0);
  CHECK_EQ(divisor("normalization: PRE_FIXED pre_fixed_normalizer: 2.5"), 2.5);
}

TEST(loss_normalization_in_older_words) {
  CHECK_EQ(divisor("normalize: true"), 4.0);
  CHECK_EQ(divisor("normalize: false"), 2.0);
  CHECK_EQ(divisor("normalize: false normalization: FULL"), 6.0);
  LossParameter param;
  CHECK_EQ(LossNormalization(param, LossParameter::BATCH_SIZE).divisor(2, 3, 4), 2.0);
}

TEST(loss_normalization_never_divides_by_less_than_one) {
  CHECK_EQ(divisor("normalization: VALID", 0), 1.0);
  CHECK_EQ(divisor("normalization: PRE_FIXED pre_fixed_normalizer: 0.5"), 1.0);
}

}  // namespace
}  // namespace caffe::test
