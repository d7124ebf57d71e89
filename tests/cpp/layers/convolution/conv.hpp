// A Convolution's text, and the shape of its top.
#pragma once

#include <string>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {

inline std::string conv(const std::string& fields) {
  return "type: 'Convolution' convolution_param { " + fields + " }";
}

inline Shape convolved_shape(const std::string& fields, const Shape& bottom) {
  return LayerRun(conv(fields), {{bottom, {}}}).top(0).shape();
}

inline void rejected(const std::string& fields, const std::string& message,
                     const Shape& bottom = {2, 3, 6, 6}) {
  CHECK_FAILS(Status::kInvalidArgument, message, convolved_shape(fields, bottom));
}

}  // namespace caffe::test
