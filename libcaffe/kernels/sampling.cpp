// What takes values from places of images, or puts them there: boxes, windows, resized images.
#include "kernels/launch.hpp"
#include "kernels/operands.hpp"

namespace caffe {

void Kernels::roi_pooling(ConstTensor x, ConstTensor rois, const RoiSpec& spec, Tensor y,
                          std::optional<Tensor> index) {
  const Launch launch(*this, &caffe_kernel_table::roi_pooling);
  const float* in = launch.read(x);
  const float* boxes = launch.read(rois);
  float* out = launch.write(y);
  launch(in, boxes, spec, out, launch.write(index));
}

void Kernels::roi_pooling_backward(ConstTensor dy, ConstTensor rois, ConstTensor index,
                                   const RoiSpec& spec, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::roi_pooling_backward);
  const float* gradient = launch.read(dy);
  const float* boxes = launch.read(rois);
  const float* places = launch.read(index);
  launch(gradient, boxes, places, spec, launch.write(dx));
}

void Kernels::psroi_pooling(ConstTensor x, ConstTensor rois, const RoiSpec& spec, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::psroi_pooling);
  const float* in = launch.read(x);
  const float* boxes = launch.read(rois);
  launch(in, boxes, spec, launch.write(y));
}

void Kernels::psroi_pooling_backward(ConstTensor dy, ConstTensor rois, const RoiSpec& spec,
                                     Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::psroi_pooling_backward);
  const float* gradient = launch.read(dy);
  const float* boxes = launch.read(rois);
  launch(gradient, boxes, spec, launch.write(dx));
}

void Kernels::unpooling(ConstTensor x, const UnpoolingSpec& spec, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::unpooling);
  const float* in = launch.read(x);
  launch(in, spec, launch.write(y));
}

void Kernels::unpooling_backward(ConstTensor dy, const UnpoolingSpec& spec, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::unpooling_backward);
  const float* gradient = launch.read(dy);
  launch(gradient, spec, launch.write(dx));
}

namespace {

// With channels last an image has all of them in each pixel, else it is of one.
caffe_interp_spec interp_of(const Shape& bottom, const Shape& top, int64_t cut, int64_t cut_end,
                            Place place) {
  const bool last = place.channels_last();
  return {last ? bottom[0] : bottom[0] * bottom[1],
          last ? bottom[1] : 1,
          bottom[2],
          bottom[3],
          cut,
          bottom[2] - cut - cut_end,
          bottom[3] - cut - cut_end,
          top[2],
          top[3]};
}

}  // namespace

void Kernels::interp(ConstTensor x, int64_t cut, int64_t cut_end, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::interp);
  const Place place = launch.common({x});
  const float* in = launch.read(x, place);
  launch(in, interp_of(x.shape(), y.shape(), cut, cut_end, place), launch.write(y, place));
}

void Kernels::interp_backward(ConstTensor dy, int64_t cut, int64_t cut_end, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::interp_backward);
  const Place place = launch.common({dy});
  const float* gradient = launch.read(dy, place);
  launch(gradient, interp_of(dx.shape(), dy.shape(), cut, cut_end, place), launch.write(dx, place));
}

}  // namespace caffe
