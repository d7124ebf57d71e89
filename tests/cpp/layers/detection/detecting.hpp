// A DetectionOutput over three priors.
#pragma once

#include <string>

#include "cpp/layers/base/layer_run.hpp"

namespace caffe::test {

// A and B overlap by 0.95, C is apart; all variances are 0.1.
inline const Values kPriors = {0,    0,    0.4f, 0.4f, 0,    0,    0.4f, 0.38f,
                               0.5f, 0.5f, 0.9f, 0.9f, 0.1f, 0.1f, 0.1f, 0.1f,
                               0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f};

inline const Values kA = {0, 0, 0.4f, 0.4f}, kB = {0, 0, 0.4f, 0.38f},
                    kC = {0.5f, 0.5f, 0.9f, 0.9f};

inline std::string detection_output(const std::string& fields) {
  return "type: 'DetectionOutput' detection_output_param { num_classes: 2 " + fields + " }";
}

// Two classes, background and object; `scores` are those of the object for A, B and C.
inline LayerRun detecting(const std::string& fields, const Values& scores) {
  Values both;
  for (const float score : scores) both.insert(both.end(), {5, score});
  const int64_t images = static_cast<int64_t>(scores.size()) / 3;
  return LayerRun(detection_output(fields),
                  {{{images, 12}, Values(static_cast<size_t>(images) * 12, 0)},
                   {{images, 6}, both},
                   {{1, 2, 12}, kPriors}},
                  {TEST});
}

}  // namespace caffe::test
