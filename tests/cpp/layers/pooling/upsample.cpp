// Upsample of two bottoms: values where the mask says, sizes, indices out of range.
#include <limits>

#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::string upsample(const std::string& fields) {
  return "type: 'Upsample' upsample_param { " + fields + " }";
}

TEST(upsample_puts_values_where_the_mask_says) {
  LayerRun run(upsample(""), {{{1, 2, 1, 1}, {5, 6}}, {{1, 2, 1, 1}, {3, 0}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0, 0, 0, 5, 6, 0, 0, 0});
  run.set_top_diff(0, {1, 2, 3, 4, 5, 6, 7, 8});
  run.backward();
  CHECK_CLOSE(run.bottom_diff(0), {4, 5});
  CHECK_CLOSE(run.bottom_diff(1), {0, 0});
}

TEST(upsample_chooses_its_size) {
  const auto shape = [](const std::string& fields) {
    return LayerRun(upsample(fields), {{{1, 1, 3, 4}, {}}, {{1, 1, 3, 4}, {}}}).top(0).shape();
  };
  CHECK_EQ(shape(""), Shape({1, 1, 6, 8}));
  CHECK_EQ(shape("scale: 3"), Shape({1, 1, 9, 12}));
  CHECK_EQ(shape("scale_h: 1 scale_w: 3"), Shape({1, 1, 3, 12}));
  CHECK_EQ(shape("pad_out_h: true"), Shape({1, 1, 5, 8}));
  CHECK_EQ(shape("scale: 3 upsample_h: 2 upsample_w: 1"), Shape({1, 1, 2, 1}));
}

TEST(upsample_rejects_indices_out_of_range) {
  for (float index : {-1.f, 4.f, 1e30f, std::numeric_limits<float>::quiet_NaN()}) {
    LayerRun run(upsample(""), {{{1, 2, 1, 1}, {5, 6}}, {{1, 2, 1, 1}, {3, index}}});
    CHECK_FAILS(Status::kInvalidArgument, "bottom \"label\" holds index ", run.forward());
  }
}

TEST(upsample_rejects_what_does_not_fit) {
  const auto make = [](const std::string& fields, const Shape& mask = {1, 1, 3, 4}) {
    LayerRun run(upsample(fields), {{{1, 1, 3, 4}, {}}, {mask, {}}});
  };
  CHECK_FAILS(Status::kInvalidArgument, "both upsample_h and upsample_w", make("upsample_h: 3"));
  CHECK_FAILS(Status::kInvalidArgument, "scale must be at least 1", make("scale: -2"));
  CHECK_FAILS(Status::kInvalidArgument, "go with a scale of 2 only",
              make("scale: 3 pad_out_w: true"));
  CHECK_FAILS(Status::kShape, "an index for each value of bottom \"data\"", make("", {1, 1, 3, 3}));
  CHECK_FAILS(Status::kShape, "the top would have 0 x 4 places",
              make("upsample_h: 0 upsample_w: 4"));
}

const GradientCases gradients{
    {.text = upsample("scale: 2"),
     .shapes = {{2, 1, 1, 3}, {2, 1, 1, 3}},
     .given = {{1, {0, 7, 11, 2, 1, 6}}}},
};

}  // namespace
}  // namespace caffe::test
