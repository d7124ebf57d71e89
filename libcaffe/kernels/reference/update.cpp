// Gradient steps.
#include "kernels/reference/reference.hpp"
#include "kernels/update_functors.hpp"

namespace caffe::reference {

void update(caffe_updates updates) {
  for (int32_t i = 0; i < updates.count; ++i) {
    const caffe_update& each = updates.each[i];
    const UpdateSpec spec = {static_cast<UpdateSpec::Rule>(each.rule),
                             each.gradient_scale,
                             each.decay,
                             each.l1 != 0,
                             each.rate,
                             each.momentum,
                             each.momentum2,
                             each.delta};
    functor::update_values(spec, each.data, each.diff, each.first, each.second, each.count);
  }
}

}  // namespace caffe::reference
