#include "core/blob.hpp"

namespace caffe {

Blob::Blob(const Shape& shape) {
  reshape(shape);
}

void Blob::reshape(const Shape& shape) {
  shape_ = shape;
  data_->resize(shape_);
  diff_->resize(shape_);
}

}  // namespace caffe
