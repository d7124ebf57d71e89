// Ground truth of detection nets: rows in the order of their images, and those that are refused.
#include "layers/detection/truths.hpp"

#include <cmath>
#include <cstdint>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

std::vector<Truth> read(const Values& rows, const TruthRange& range = {2, 3, 0}) {
  Blob blob({1, 1, static_cast<int64_t>(rows.size()) / 8, 8});
  set_values(blob.data(), rows);
  return read_truths(blob, "the truth", range);
}

TEST(truths_come_image_by_image) {
  const std::vector<Truth> truths = read({1,  2, 9, 0.1f, 0.2f, 0.3f, 0.4f, 1,  //
                                          -1, 7, 0, 0,    0,    0,    0,    0,  // says nothing
                                          0,  1, 9, 0,    0,    1,    1,    0,  //
                                          1,  1, 9, 0,    0,    1,    1,    0});
  CHECK_EQ(truths.size(), size_t{3});
  CHECK_EQ(truths[0].image, int64_t{0});
  CHECK(truths[1].image == 1 && truths[1].label == 2 && truths[1].difficult);
  CHECK(truths[1].box.xmin == 0.1f && truths[1].box.ymax == 0.4f);
  CHECK(truths[2].image == 1 && truths[2].label == 1 && !truths[2].difficult);
}

TEST(truths_out_of_range_are_refused) {
  const auto refused = [](const std::string& part, float image, float label) {
    CHECK_FAILS(Status::kInvalidArgument, "the truth: row 0 " + part,
                read({image, label, 0, 0, 0, 1, 1, 0}));
  };
  refused("is of image 2; there are 2", 2, 1);
  refused("is of image nan", NAN, 1);
  refused("is of image -2", -2, 1);
  refused("has the label 3; labels are less than 3", 0, 3);
  refused("has the label nan", 0, NAN);
  refused("has the label 0 of the background", 0, 0);
  CHECK_EQ(read({9e9f, 1, 0, 0, 0, 1, 1, 0}, {INT64_MAX, 3, -1}).size(), size_t{1});
}

TEST(truths_have_rows_of_eight) {
  check_truth_shape({1, 1, 0, 8}, "the truth");
  for (const Shape& shape : {Shape{1, 1, 2, 7}, Shape{2, 1, 2, 8}, Shape{1, 2, 8}}) {
    CHECK_FAILS(Status::kShape, "1 x 1 x boxes x 8", check_truth_shape(shape, "the truth"));
  }
}

}  // namespace
}  // namespace caffe::test
