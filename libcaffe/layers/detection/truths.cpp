#include "layers/detection/truths.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace caffe {

void check_truth_shape(const Shape& shape, const std::string& name) {
  if (shape.axes() != 4 || shape[0] != 1 || shape[1] != 1 || shape[3] != 8) {
    fail(Status::kShape, name, " has the shape ", shape,
         "; ground truth is 1 x 1 x boxes x 8 values");
  }
}

std::vector<Truth> read_truths(const Blob& blob, const std::string& name, const TruthRange& range) {
  std::vector<Truth> truths;
  const float* row = blob.data().read();
  for (int64_t i = 0; i < blob.dim(2); ++i, row += 8) {
    const float image = row[0], label = row[1];
    // The upper ends are false for what does not fit an int64_t, and all is false for NaN.
    if (!(image > -2 && image < std::min(static_cast<float>(range.images), 0x1p62f))) {
      fail(Status::kInvalidArgument, name, ": row ", i, " is of image ", image, "; there are ",
           range.images, " images");
    }
    if (image <= -1) continue;
    if (!(label > -1 && label < static_cast<float>(range.classes))) {
      fail(Status::kInvalidArgument, name, ": row ", i, " has the label ", label,
           "; labels are less than ", range.classes);
    }
    const Truth truth = {static_cast<int64_t>(image), static_cast<int64_t>(label), row[7] != 0,
                         load_box(row + 3)};
    if (truth.label == range.background) {
      fail(Status::kInvalidArgument, name, ": row ", i, " has the label ", truth.label,
           " of the background");
    }
    truths.push_back(truth);
  }
  std::stable_sort(truths.begin(), truths.end(),
                   [](const Truth& a, const Truth& b) { return a.image < b.image; });
  return truths;
}

}  // namespace caffe
