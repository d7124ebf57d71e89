// A Pooling's text, and the shape of its top.
#pragma once

#include <string>

#include "cpp/layers/base/layer_run.hpp"

namespace caffe::test {

inline std::string pool(const std::string& fields) {
  return "type: 'Pooling' pooling_param { " + fields + " }";
}

inline Shape pooled_shape(const std::string& fields, const Shape& bottom) {
  return LayerRun(pool(fields), {{bottom, {}}}).top(0).shape();
}

}  // namespace caffe::test
