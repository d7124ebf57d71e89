// A layer that is one function of each value, beside values and slopes that were worked out by
// hand.
#pragma once

#include <string>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {

struct Formula {
  std::string text;
  Values x, y, dx;  // dx for dy = 1
};

// On every backend, and in place unless the layer refuses to be.
inline void check_formula(const Formula& each, bool in_place_too = true) {
  for (const bool in_place : {false, true}) {
    if (in_place && !in_place_too) continue;
    on_every_backend([&](Kernels& kernels) {
      with_context([&] { return each.text + (in_place ? " in place" : ""); },
                   [&] {
                     const auto count = static_cast<int64_t>(each.x.size());
                     LayerRun run(each.text, {{{count}, each.x}}, {TRAIN, 1, in_place, &kernels});
                     run.forward();
                     CHECK_CLOSE(run.out(), each.y);
                     run.set_top_diff(0, Values(each.x.size(), 1));
                     run.backward();
                     CHECK_CLOSE(run.bottom_diff(), each.dx);
                   });
    });
  }
}

}  // namespace caffe::test
