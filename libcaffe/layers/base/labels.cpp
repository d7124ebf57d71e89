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

int64_t Labels::write_to(Tensor classes) const {
  float* out = classes.write();
  int64_t valid = 0;
  for (int64_t i = 0; i < classes.count(); ++i) {
    const int64_t label = (*this)[i];
    out[i] = static_cast<float>(label);
    valid += label != kIgnored;
  }
  return valid;
}

void check_label_count(const Blob& labels, const std::string& label_name, const Shape& shape,
                       const std::string& prediction_name, int axis) {
  const int64_t predictions = shape.count(0, axis) * shape.count(axis + 1);
  if (labels.count() == predictions) return;
  fail(Status::kShape, label_name, " of shape ", labels.shape(), " holds ", labels.count(),
       " labels, but ", prediction_name, " of shape ", shape, " holds ", predictions,
       " predictions along axis ", axis, "; one label is wanted for each");
}

void check_indices(const Blob& blob, const std::string& name, int64_t extent) {
  const float* values = blob.data().read();
  for (int64_t i = 0; i < blob.count(); ++i) {
    // False for NaN, too.
    if (values[i] > -1 && values[i] < static_cast<float>(extent)) continue;
    fail(Status::kInvalidArgument, name, " holds ", values[i], " at index ", i,
         "; what it points into has ", extent, " rows, so it must be 0 to ", extent - 1);
  }
}

}  // namespace caffe
