// Shapes as C gives them: a number of axes and as many extents.
#pragma once

#include "api/barrier.hpp"
#include "core/shape.hpp"

namespace caffe::api {

inline Shape shape_of(int axes, const int64_t* dims) {
  if (axes < 0 || axes > Shape::kMaxAxes) {
    fail_argument("axes is ", axes, ", not 0 to ", Shape::kMaxAxes);
  }
  if (axes > 0) require(dims, "dims");
  return Shape(std::vector<int64_t>(dims, dims + axes));
}

}  // namespace caffe::api
