// What the update rules that are plain loops share: every value of a parameter changes by its own
// gradient and history alone.
#pragma once

#include <cmath>
#include <span>

#include "core/blob.hpp"
#include "core/threads.hpp"
#include "solver/update_rule.hpp"

namespace caffe {

// Calls rule(gradient, histories...) for every value, where a history is a float& into a blob;
// what it returns is taken off the value. The gradient is scaled and has its decay.
template <class... Histories, class Rule>
void update_values(const UpdateStep& step, Blob& param, const Rule& rule, Histories&... histories) {
  const float* diff = param.diff().read();
  float* data = param.data().update();
  const auto run = [&](auto*... history) {
    parallel_for(param.count(), 16384, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const float value = data[i];
        const float sign = static_cast<float>((value > 0) - (value < 0));
        const float gradient =
            diff[i] * step.gradient_scale + step.decay * (step.l1 ? sign : value);
        data[i] = value - rule(gradient, history[i]...);
      }
    });
  };
  run(histories.data().update()...);
}

}  // namespace caffe
