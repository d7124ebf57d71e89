// Eltwise with coefficients of a bottom: a sum for each item.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const std::string kCoeffBlob = "type: 'Eltwise' eltwise_param { coeff_blob: true ";

TEST(eltwise_coeff_blob_by_hand) {
  const std::vector<Input> inputs = {
      {{2, 2}, {1, 2, 3, 4}}, {{2, 2}, {10, 20, 30, 40}}, {{2, 2}, {1, 0, 0, 2}}};
  for (const bool in_place : {false, true}) {
    LayerRun run(kCoeffBlob + "coeff: 1 coeff: -1 }", inputs, {TRAIN, 1, in_place});
    run.forward();
    CHECK_CLOSE(run.out(), {1, 2, -60, -80});
    run.set_top_diff(0, {1, 2, 3, 4});
    run.backward({true, true, false});
    CHECK_CLOSE(run.bottom_diff(1), {0, 0, -6, -8});
    CHECK_CLOSE(run.bottom_diff(0), {1, 2, 0, 0});
    CHECK(run.layer().allow_force_backward(0));
  }
}

TEST(eltwise_coeff_blob_of_one_term_masks) {
  LayerRun run(kCoeffBlob + "}", {{{2, 2}, {1, 2, 3, 4}}, {{1, 2}, {0, 1}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0, 0, 3, 4});
}

TEST(eltwise_coeff_blob_rejects_what_makes_no_sense) {
  const auto made = [](const std::string& fields, const Shape& coefficients = {2, 3}) {
    return LayerRun(kCoeffBlob + fields + " }", {{{3, 2}, {}}, {{3, 2}, {}}, {coefficients, {}}});
  };
  CHECK_FAILS(Status::kInvalidArgument, "goes with operation SUM only", made("operation: MAX"));
  CHECK_FAILS(Status::kInvalidArgument, "coeff is given 3 times; with coeff_blob it is wanted once",
              made("coeff: 1 coeff: 2 coeff: 3"));
  CHECK_FAILS(Status::kShape, "must have the extents 2, the number of terms", made("", {3, 3}));
  CHECK_FAILS(Status::kShape, "must have the extents 2", made("", {2, 2}));
  CHECK_FAILS(Status::kShape, "must have the extents 2", made("", {2, 3, 2, 1}));
  LayerRun run = made("");
  run.forward();
  CHECK_FAILS(Status::kUnsupported, "holds coefficients", run.backward());
}

const GradientCases gradients{
    {kCoeffBlob + "}", {{2, -1, 3}, {2, -1, 3}, {2, 2}}, 2},
    {kCoeffBlob + "coeff: 2 coeff: -1 }", {{-1, 3}, {-1, 3}, {2}}, 2},
};

}  // namespace
}  // namespace caffe::test
