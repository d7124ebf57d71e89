// Rows and values by index, and the indices of the greatest.
#include "kernels/launch.hpp"

namespace caffe {

void Kernels::gather_rows(ConstTensor x, ConstTensor index, int64_t width, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::gather_rows);
  const float* from = launch.read(x);
  const float* rows = launch.read(index);
  launch(from, rows, index.count(), width, launch.write(y));
}

void Kernels::add_rows(ConstTensor x, ConstTensor index, int64_t width, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::add_rows);
  const float* from = launch.read(x);
  const float* rows = launch.read(index);
  launch(from, rows, index.count(), width, launch.update(y));
}

namespace {

caffe_plane_indices planes_of(const Shape& few, const Shape& many) {
  return {few.count(0, 2), few.count(2), many.count(2)};
}

}  // namespace

void Kernels::scatter(ConstTensor x, ConstTensor index, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::scatter);
  const float* from = launch.read(x);
  const float* places = launch.read(index);
  launch(from, places, planes_of(x.shape(), y.shape()), launch.write(y));
}

void Kernels::gather(ConstTensor x, ConstTensor index, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::gather);
  const float* from = launch.read(x);
  const float* places = launch.read(index);
  launch(from, places, planes_of(y.shape(), x.shape()), launch.write(y));
}

void Kernels::greatest(ConstTensor x, const ChannelView& view, int64_t top_k, Ties ties,
                       std::optional<Tensor> index, std::optional<Tensor> value) {
  const Launch launch(*this, &caffe_kernel_table::greatest);
  const float* in = launch.read(x);
  float* channels = launch.write(index);
  launch(in, view_of(view), top_k, int{ties == Ties::kLast}, channels, launch.write(value));
}

}  // namespace caffe
