// What the class scores of one box lose when it is to have a label, and the gradient: of a softmax
// over the classes, or of a sigmoid of each class by itself.
#pragma once

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdint>

namespace caffe {

inline float softmax_loss(const float* scores, int64_t classes, int64_t label) {
  const float most = *std::max_element(scores, scores + classes);
  double sum = 0;
  for (int64_t c = 0; c < classes; ++c) sum += std::exp(scores[c] - most);
  // A probability is taken to be at least the least normal float.
  return static_cast<float>(
      std::min(std::log(sum) - (scores[label] - most), -std::log(double{FLT_MIN})));
}

// `label` may be -1: none.
inline float logistic_loss(const float* scores, int64_t classes, int64_t label) {
  double loss = 0;
  for (int64_t c = 0; c < classes; ++c) {
    const float x = scores[c];
    loss += std::max(x, 0.0f) - (c == label ? x : 0) + std::log1p(std::exp(-std::fabs(x)));
  }
  return static_cast<float>(loss);
}

inline void softmax_gradient(const float* scores, int64_t classes, int64_t label, float scale,
                             float* gradient) {
  const float most = *std::max_element(scores, scores + classes);
  double sum = 0;
  for (int64_t c = 0; c < classes; ++c) sum += gradient[c] = std::exp(scores[c] - most);
  const float factor = static_cast<float>(scale / sum);
  for (int64_t c = 0; c < classes; ++c) gradient[c] *= factor;
  gradient[label] -= scale;
}

inline void logistic_gradient(const float* scores, int64_t classes, int64_t label, float scale,
                              float* gradient) {
  for (int64_t c = 0; c < classes; ++c) {
    gradient[c] = scale * (1 / (1 + std::exp(-scores[c])) - (c == label ? 1.0f : 0.0f));
  }
}

}  // namespace caffe
