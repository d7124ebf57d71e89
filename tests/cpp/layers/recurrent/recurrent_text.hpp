// A recurrent layer's text.
#pragma once

#include <string>

namespace caffe::test {

inline const std::string kFillers =
    "weight_filler { type: 'uniform' min: -1 max: 1 } bias_filler { type: 'uniform' }";

inline std::string layer(const std::string& type, const std::string& fields) {
  return "type: '" + type + "' recurrent_param { " + kFillers + " " + fields + " }";
}

}  // namespace caffe::test
