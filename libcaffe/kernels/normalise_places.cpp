// L2 normalisation of each place's channels.
#include "kernels/launch.hpp"
#include "kernels/operands.hpp"

namespace caffe {

void Kernels::normalise_places(ConstTensor x, ConstTensor scale, float eps, const ChannelView& view,
                               Tensor inverse, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::normalise_places);
  const Lie lie(launch, view, {x});
  const float* in = launch.read(x, lie.place);
  const float* scales = launch.read(scale);
  float* inverses = launch.write(inverse);
  launch(in, scales, scale.count(), eps, lie.view, inverses, launch.write(y, lie.place));
}

void Kernels::normalise_places_backward(ConstTensor x, ConstTensor dy, ConstTensor scale,
                                        ConstTensor inverse, const ChannelView& view, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::normalise_places_backward);
  const Lie lie(launch, view, {x, dy});
  const float* in = launch.read(x, lie.place);
  const float* gradient = launch.read(dy, lie.place);
  const float* scales = launch.read(scale);
  const float* inverses = launch.read(inverse);
  launch(in, gradient, scales, scale.count(), inverses, lie.view, launch.write(dx, lie.place));
}

void Kernels::normalise_places_backward_scale(ConstTensor x, ConstTensor dy, ConstTensor inverse,
                                              const ChannelView& view, Tensor dscale) {
  const Launch launch(*this, &caffe_kernel_table::normalise_places_backward_scale);
  const Lie lie(launch, view, {x, dy});
  const float* in = launch.read(x, lie.place);
  const float* gradient = launch.read(dy, lie.place);
  const float* inverses = launch.read(inverse);
  launch(in, gradient, inverses, lie.view, launch.update(dscale), dscale.count());
}

}  // namespace caffe
