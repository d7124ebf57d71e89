// Boxes: what they share, and how they are written as offsets from priors.
#include "layers/detection/boxes.hpp"

#include <cmath>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(overlap_is_the_shared_part_of_both) {
  CHECK_NEAR(overlap({0, 0, 2, 2}, {1, 1, 3, 3}), 1.0 / 7, 1e-6, 0);
  CHECK_EQ(overlap({0, 0, 1, 1}, {1, 0, 2, 1}), 0.0f);  // they touch
  CHECK_EQ(overlap({1, 1, 0, 0}, {0, 0, 1, 1}), 0.0f);  // it ends before it starts
  CHECK_EQ(area({1, 1, 0, 0}), 0.0f);
}

// One prior, half as large as the image, with variances of 0.5.
struct Prior {
  explicit Prior(const Values& values = {0.25f, 0.25f, 0.75f, 0.75f, 0.5f, 0.5f, 0.5f, 0.5f})
      : blob({1, 2, 4}) {
    set_values(blob.data(), values);
  }
  Priors priors() const { return Priors(blob); }
  Blob blob;
};

Values offsets_of(const BoxCode& code, const Box& box) {
  const Prior prior;
  const Box offsets = code.encode(prior.priors(), 0, box);
  return {offsets.xmin, offsets.ymin, offsets.xmax, offsets.ymax};
}

constexpr auto kCorner = PriorBoxParameter::CORNER, kCenterSize = PriorBoxParameter::CENTER_SIZE,
               kCornerSize = PriorBoxParameter::CORNER_SIZE;

TEST(box_codes_by_hand) {
  const Box box = {0.5f, 0.25f, 1.5f, 0.75f};  // twice as wide, half a prior further right
  CHECK_CLOSE(offsets_of({kCorner, false, ""}, box), {0.5f, 0, 1.5f, 0});
  CHECK_CLOSE(offsets_of({kCorner, true, ""}, box), {0.25f, 0, 0.75f, 0});
  CHECK_CLOSE(offsets_of({kCornerSize, false, ""}, box), {1, 0, 3, 0});
  CHECK_CLOSE(offsets_of({kCenterSize, false, ""}, box), {2, 0, 2 * std::log(2.0f), 0});
}

TEST(box_codes_decode_what_they_encode) {
  const Prior prior;
  const Box box = {0.1f, 0.2f, 0.9f, 0.6f};
  for (const auto type : {kCorner, kCenterSize, kCornerSize}) {
    for (const bool plain : {false, true}) {
      const BoxCode code(type, plain, "");
      const Values offsets = offsets_of(code, box);
      const Box back = code.decode(prior.priors(), 0, offsets.data());
      CHECK_CLOSE({back.xmin, back.ymin, back.xmax, back.ymax},
                  {box.xmin, box.ymin, box.xmax, box.ymax});
    }
  }
}

TEST(box_codes_refuse_priors_that_mean_nothing) {
  const Prior flat({0, 0, 0, 1, 1, 1, 1, 1}), still({0, 0, 1, 1, 1, 0, 1, 1});
  const auto check = [](PriorBoxParameter::CodeType type, const Prior& prior, bool encode) {
    BoxCode(type, false, "code_type").check(prior.priors(), "the priors", encode);
  };
  check(kCorner, flat, true);
  CHECK_FAILS(Status::kInvalidArgument, "the priors: prior 0 is 0 wide and 1 high",
              check(kCenterSize, flat, false));
  check(kCornerSize, still, false);
  CHECK_FAILS(Status::kInvalidArgument, "variance 1 of prior 0 is 0",
              check(kCornerSize, still, true));
  CHECK_FAILS(Status::kInvalidArgument, "code_type: 9 is none of",
              BoxCode(static_cast<PriorBoxParameter::CodeType>(9), false, "code_type"));
}

TEST(priors_have_two_rows_of_four_values_each) {
  CHECK_EQ(Priors::count_of({1, 2, 12}, "the priors"), int64_t{3});
  CHECK_EQ(Priors::count_of({1, 2, 12, 1}, "the priors"), int64_t{3});
  for (const Shape& shape : {Shape{1, 2, 6}, Shape{1, 1, 12}, Shape{2, 2, 12}, Shape{2, 12}}) {
    CHECK_FAILS(Status::kShape, "the priors has the shape", Priors::count_of(shape, "the priors"));
  }
}

}  // namespace
}  // namespace caffe::test
