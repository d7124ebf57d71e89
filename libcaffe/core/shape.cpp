#include "core/shape.hpp"

#include <utility>

#include "core/checked.hpp"

namespace caffe {

Shape::Shape(std::vector<int64_t> dims) : dims_(std::move(dims)) {
  if (axes() > kMaxAxes) {
    fail(Status::kShape, "a blob has at most ", int{kMaxAxes}, " axes, not ", axes());
  }
  // Without the zeros first: the count of some of the axes has to fit as well.
  bool empty = false;
  for (int64_t dim : dims_) {
    if (dim < 0) fail(Status::kShape, "a shape's extents are at least 0, not ", dim);
    if (dim == 0) {
      empty = true;
    } else {
      count_ = checked_mul(count_, dim);
    }
  }
  if (empty) count_ = 0;
}

int Shape::canonical_axis(int axis) const {
  if (axis < -axes() || axis >= axes()) {
    fail(Status::kShape, "axis ", axis, " is out of range for ", axes(), " axes (shape ",
         to_string(), ")");
  }
  return axis < 0 ? axis + axes() : axis;
}

int64_t Shape::count(int begin, int end) const {
  int64_t product = 1;
  for (int axis = begin; axis < end; ++axis) product *= (*this)[axis];
  return product;
}

int64_t Shape::legacy(int index) const {
  if (axes() > 4) {
    fail(Status::kShape, "a blob of at most 4 axes (N x C x H x W) is needed, this one has ",
         axes(), " (shape ", to_string(), ")");
  }
  return index < axes() ? (*this)[index] : 1;
}

std::string Shape::to_string() const {
  std::string out;
  for (int64_t dim : dims_) out += std::to_string(dim) + ' ';
  return out + '(' + std::to_string(count_) + ')';
}

}  // namespace caffe
