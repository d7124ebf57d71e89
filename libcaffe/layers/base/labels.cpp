#include "layers/base/labels.hpp"

#include "core/error.hpp"

namespace caffe {

void Labels::reject(int64_t i) const {
  std::string ignored;
  for (const int32_t each : ignored_) ignored += str(ignored.empty() ? ", or " : " or ", each);
  fail(Status::kInvalidArgument, name_, " holds the label ", values_[i], " at index ", i, "; with ",
       classes_, " classes labels are 0 to ", classes_ - 1, ignored,
       ignored.empty() ? "" : ", which is ignored");
}

void check_label_count(const Blob& labels, const std::string& label_name, const Shape& shape,
                       const std::string& prediction_name, int axis) {
  const int64_t predictions = shape.count(0, axis) * shape.count(axis + 1);
  if (labels.count() == predictions) return;
  fail(Status::kShape, label_name, " of shape ", labels.shape(), " holds ", labels.count(),
       " labels, but ", prediction_name, " of shape ", shape, " holds ", predictions,
       " predictions along axis ", axis, "; one label is wanted for each");
}

std::vector<int64_t> read_indices(const Blob& blob, const std::string& name, int64_t extent) {
  const float* values = blob.data().read();
  std::vector<int64_t> indices(static_cast<size_t>(blob.count()));
  for (size_t i = 0; i < indices.size(); ++i) {
    // False for NaN, too.
    if (!(values[i] > -1 && values[i] < static_cast<float>(extent))) {
      fail(Status::kInvalidArgument, name, " holds ", values[i], " at index ", i,
           "; what it points into has ", extent, " rows, so it must be 0 to ", extent - 1);
    }
    indices[i] = static_cast<int64_t>(values[i]);
  }
  return indices;
}

}  // namespace caffe
