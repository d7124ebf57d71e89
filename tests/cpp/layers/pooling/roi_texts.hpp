// The texts of both poolings of regions of interest, and some regions.
#pragma once

#include <string>

#include "cpp/layers/base/layer_run.hpp"

namespace caffe::test {

inline std::string roi(const std::string& fields) {
  return "type: 'ROIPooling' roi_pooling_param { " + fields + " }";
}

inline std::string psroi(const std::string& fields) {
  return "type: 'PSROIPooling' psroi_pooling_param { " + fields + " }";
}

inline const char* const kPsroi = "spatial_scale: 1 output_dim: 1 group_size: 2";

inline const Values kBoxes = {0, 0, 0, 3, 3, 1, 1, 1, 2, 3, 0, 2, 0, 5, 2};

}  // namespace caffe::test
