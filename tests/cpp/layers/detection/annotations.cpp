// layers/detection/annotations.hpp: boxes on images that are cut, grown, resized and sampled.
#include "layers/detection/annotations.hpp"

#include <cmath>

#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

template <class T>
T from_text(const std::string& text) {
  T message;
  parse_text(text, message, {});
  return message;
}

void check_box(const Box& box, const Box& expected) {
  CHECK_NEAR(box.xmin, expected.xmin, 0, 1e-6);
  CHECK_NEAR(box.ymin, expected.ymin, 0, 1e-6);
  CHECK_NEAR(box.xmax, expected.xmax, 0, 1e-6);
  CHECK_NEAR(box.ymax, expected.ymax, 0, 1e-6);
}

std::vector<Annotated> one(const Box& box) {
  return {{3, 1, box, true}};
}

TEST(annotations_are_taken_group_by_group) {
  const auto found = annotations_of(from_text<AnnotatedDatum>(
      "annotation_group { group_label: 2 annotation { instance_id: 0 bbox { xmin: 0.1 ymax: 0.5 } }"
      " annotation { instance_id: 1 bbox { difficult: true } } }"
      "annotation_group { group_label: 5 annotation { } }"));
  CHECK_EQ(found.size(), size_t{3});
  CHECK_EQ(found[1].label, 2);
  CHECK_EQ(found[1].instance, 1);
  CHECK(found[1].difficult);
  CHECK_EQ(found[2].label, 5);
  check_box(found[0].box, {0.1f, 0, 0, 0.5f});
}

TEST(annotations_are_projected) {
  const Box frame{0.5f, 0, 1, 0.5f};
  check_box(*projected({0.25f, 0.25f, 0.75f, 1}, frame), {0, 0.5f, 0.5f, 1});
  check_box(*projected({0, 0, 1, 1}, frame), {0, 0, 1, 1});
  CHECK(!projected({0, 0, 0.5f, 1}, frame));           // ends where the frame begins
  CHECK(!projected({0.6f, 0.1f, 0.6f, 0.3f}, frame));  // has no width
  CHECK(!projected({NAN, 0, 1, 1}, frame));
  // A frame larger than the image.
  check_box(*projected({0, 0, 1, 1}, {-1, -1, 3, 1}), {0.25f, 0.5f, 0.5f, 1});
}

TEST(annotations_within_satisfy_a_constraint) {
  const Box frame{0, 0, 0.5f, 1};
  const auto mostly = one({0.2f, 0, 0.6f, 1}), hardly = one({0.4f, 0, 0.8f, 1});
  CHECK_EQ(within(hardly, frame, nullptr).size(), size_t{1});
  const auto center = from_text<EmitConstraint>("emit_type: CENTER");
  CHECK_EQ(within(mostly, frame, &center).size(), size_t{1});
  CHECK_EQ(within(hardly, frame, &center).size(), size_t{0});
  const auto covered = from_text<EmitConstraint>("emit_type: MIN_OVERLAP emit_overlap: 0.5");
  CHECK_EQ(within(mostly, frame, &covered).size(), size_t{1});
  CHECK_EQ(within(hardly, frame, &covered).size(), size_t{0});
  CHECK_EQ(within(mostly, frame, nullptr)[0].label, 3);
}

TEST(annotations_of_a_resized_image) {
  const Box box{0.25f, 0.5f, 0.75f, 1};
  const auto after = [&](const std::string& text, int64_t height, int64_t width) {
    return resized(one(box), from_text<ResizeParameter>(text), height, width)[0].box;
  };
  check_box(after("height: 7 width: 5", 4, 8), box);
  check_box(after("resize_mode: FIT_SMALL_SIZE height: 7 width: 5", 4, 8), box);
  const std::string fit = "resize_mode: FIT_LARGE_SIZE_AND_PAD height: 8 width: 8";
  check_box(after(fit, 4, 8), {0.25f, 0.5f, 0.75f, 0.75f});
  check_box(after(fit, 8, 4), {0.375f, 0.5f, 0.625f, 1});
}

TEST(annotations_in_scales_of_their_own) {
  auto annotations = one({0, 0.5f, 0.5f, 1});
  const auto param = from_text<ResizeParameter>(
      "resize_mode: FIT_SMALL_SIZE height: 100 width: 100 height_scale: 50 width_scale: 400");
  rescale(annotations, param, 10, 20, {0, 0, 1, 1});  // 100 x 200
  check_box(annotations[0].box, {0, 1, 0.25f, 2});
  annotations = one({0, 0.5f, 0.5f, 1});
  rescale(annotations, from_text<ResizeParameter>("height_scale: 50 width_scale: 400"), 10, 20,
          {0, 0, 1, 1});
  check_box(annotations[0].box, {0, 0.5f, 0.5f, 1});
}

std::vector<Box> frames(const std::string& sampler, const std::vector<Annotated>& annotations,
                        uint64_t seed = 1) {
  Rng rng(seed, 0);
  return sampled_frames({from_text<BatchSampler>(sampler)}, annotations, rng);
}

TEST(samplers_by_default_take_the_image) {
  const auto found = frames("max_sample: 1 max_trials: 1", {});
  CHECK_EQ(found.size(), size_t{1});
  check_box(found[0], {0, 0, 1, 1});
  CHECK_EQ(frames("use_original_image: false", {}).size(), size_t{0});
  CHECK_EQ(frames("max_trials: 7", {}).size(), size_t{7});
}

TEST(samplers_stay_within_scale_and_aspect) {
  for (const Box& frame : frames("sampler { min_scale: 0.3 max_scale: 0.8 min_aspect_ratio: 0.5 "
                                 "max_aspect_ratio: 2 } max_trials: 500",
                                 {})) {
    const float scale = std::sqrt(area(frame)), aspect = width(frame) / height(frame);
    CHECK(scale > 0.29f && scale < 0.81f);
    CHECK(aspect > 0.49f && aspect < 2.01f);
    CHECK(frame.xmin >= 0 && frame.ymin >= 0 && frame.xmax < 1.001f && frame.ymax < 1.001f);
  }
}

TEST(samplers_satisfy_their_constraint) {
  const Box box{0.3f, 0.3f, 0.6f, 0.7f};
  const std::string size = "sampler { min_scale: 0.3 max_scale: 1 } max_trials: 300 ";
  const auto all = [&](const std::string& constraint) {
    const auto found = frames(size + "sample_constraint { " + constraint + " }", one(box));
    CHECK(found.size() > 3 && found.size() < 300);
    return found;
  };
  for (const Box& frame : all("min_jaccard_overlap: 0.3")) CHECK(overlap(frame, box) >= 0.3f);
  for (const Box& frame : all("max_jaccard_overlap: 0.2")) CHECK(overlap(frame, box) <= 0.2f);
  for (const Box& frame : all("min_object_coverage: 1")) {
    CHECK(frame.xmin <= 0.301f && frame.xmax >= 0.599f);
  }
  for (const Box& frame : all("min_sample_coverage: 0.2 max_sample_coverage: 0.5")) {
    const float covered = area(projected(box, frame).value());
    CHECK(covered >= 0.199f && covered <= 0.501f);
  }
  CHECK_EQ(frames(size + "sample_constraint { min_jaccard_overlap: 0.1 }", {}).size(), size_t{0});
  CHECK_EQ(frames(size + "max_sample: 2", one(box)).size(), size_t{2});
}

TEST(samplers_that_make_no_sense) {
  const auto check = [](const std::string& text) {
    check_sampler(from_text<BatchSampler>("sampler { " + text + " }"));
  };
  check("");
  CHECK_FAILS(Status::kInvalidArgument, "min_scale 0 and", check("min_scale: 0"));
  CHECK_FAILS(Status::kInvalidArgument, "max_scale 2", check("max_scale: 2"));
  CHECK_FAILS(Status::kInvalidArgument, "min_scale nan", check("min_scale: nan"));
  CHECK_FAILS(Status::kInvalidArgument, "max_aspect_ratio inf", check("max_aspect_ratio: inf"));
  CHECK_FAILS(Status::kInvalidArgument, "min_aspect_ratio 3", check("min_aspect_ratio: 3"));
}

}  // namespace
}  // namespace caffe
