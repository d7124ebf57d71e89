// A loss, run forward and backward.
#pragma once

#include <string>

#include "cpp/layers/base/layer_run.hpp"

namespace caffe::test {

// Runs forward, and backward to the first bottom with a loss weight of 1.
inline LayerRun ran(const std::string& text, const std::vector<Input>& inputs,
                    Kernels* kernels = nullptr, size_t tops = 1) {
  LayerRun run("type: '" + text, inputs, {TRAIN, tops, false, kernels});
  run.forward();
  run.set_top_diff(0, {1});
  std::vector<bool> wanted(inputs.size(), false);
  wanted[0] = true;
  run.backward(wanted);
  return run;
}

}  // namespace caffe::test
