// What a batch_norm_param says of a scale and a bias behind the normalisation, in the words of the
// forks that have them there.
#pragma once

#include <algorithm>

#include "schema/messages.hpp"

namespace caffe {

struct BatchNormWords {
  explicit BatchNormWords(const BatchNormParameter& param) : eps(param.eps) {
    const bool intel = param.has_use_weight_bias() || param.has_bias_term() || param.has_filler();
    const bool fillers = param.has_filler() || param.has_bias_filler();
    scale = param.scale_bias || param.has_scale_filler() ||
            (param.has_use_weight_bias() ? param.use_weight_bias : fillers);
    bias = scale && param.bias_term;
    nvidia = scale && !intel;
    if (nvidia) eps = std::max(eps, 1e-5);
  }

  double eps;
  bool scale, bias;
  bool nvidia;  // statistics are kept as averages, not as sums
};

}  // namespace caffe
