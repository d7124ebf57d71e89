#include "layers/labels.hpp"

#include "core/error.hpp"

namespace caffe {

void Labels::reject(int64_t i) const {
  fail(Status::kInvalidArgument, name_, " holds the label ", values_[i], " at index ", i, "; with ",
       classes_, " classes labels are 0 to ", classes_ - 1,
       ignored_ != nullptr ? str(", or ", *ignored_, ", which is ignored") : "");
}

void check_label_count(const Blob& labels, const std::string& label_name, const Shape& shape,
                       const std::string& prediction_name, int axis) {
  const int64_t predictions = shape.count(0, axis) * shape.count(axis + 1);
  if (labels.count() == predictions) return;
  fail(Status::kShape, label_name, " of shape ", labels.shape(), " holds ", labels.count(),
       " labels, but ", prediction_name, " of shape ", shape, " holds ", predictions,
       " predictions along axis ", axis, "; one label is wanted for each");
}

}  // namespace caffe
