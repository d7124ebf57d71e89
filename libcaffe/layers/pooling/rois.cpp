#include "layers/pooling/rois.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace caffe {

void check_shape_of_rois(const Blob& blob, const std::string& name) {
  if (blob.axes() < 2 || blob.shape().count(1) != 5) {
    fail(Status::kShape, name, " must have rows of 5 values (image, x1, y1, x2, y2), its shape is ",
         blob.shape());
  }
}

void check_rois(const Blob& blob, const std::string& name, int64_t images) {
  const float* values = blob.data().read();
  for (int64_t i = 0; i < blob.dim(0); ++i) {
    const float* row = values + i * 5;
    // False for NaN, too.
    if (!(row[0] > -1 && row[0] < static_cast<float>(images))) {
      fail(Status::kInvalidArgument, name, ": row ", i, " is of image ", row[0], "; the batch has ",
           images, " image(s)");
    }
    if (!std::all_of(row + 1, row + 5, [](float value) { return std::isfinite(value); })) {
      fail(Status::kInvalidArgument, name, ": row ", i, " has a coordinate that is not finite");
    }
  }
}

}  // namespace caffe
