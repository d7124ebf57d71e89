// Im2col: the values under each place of a convolution's kernel, as channels: what turns a
// convolution into a matrix product. Its gradient is their sum, each where it came from.
//
//   convolution_param  kernel_size (required), stride, pad, dilation and axis as in Convolution;
//                      all other fields mean nothing
//
// Bottom: batch x C x space. Top: batch x (C times the kernel's places) x the space of the
// convolution's top; channel (c * kernel_h + h) * kernel_w + w (and so for other numbers of axes)
// holds channel c under kernel place (h, w), zeros where that is padding. Not in place.
//
//   layer { name: "col" type: "Im2col" bottom: "data" top: "col"
//           convolution_param { kernel_size: 3 pad: 1 } }
#include <algorithm>

#include "core/checked.hpp"
#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/convolution/convolution_geometry.hpp"

namespace caffe {
namespace {

class Im2colLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const ConvolutionParameter& wanted = *param().convolution_param;
    axis_ = bottom_axis(bottom, 0, wanted.axis, "convolution_param.axis");
    axes_ = bottom[0]->shape().axes();
    geometry_ = read_geometry(wanted, axes_ - axis_ - 1);
    places_ = 1;
    for (int64_t extent : geometry_.kernel) places_ = checked_mul(places_, extent);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() != axes_) {
      fail(Status::kShape, bottom_name(0), " must have ", axes_,
           " axes, as at set-up, its shape is ", shape);
    }
    planes_ = shape.count(0, axis_ + 1);
    bottom_space_.assign(shape.dims().begin() + axis_ + 1, shape.dims().end());
    top_space_ = with_context([&] { return bottom_name(0); },
                              [&] { return geometry_.convolved(bottom_space_); });
    std::vector<int64_t> dims(shape.dims().begin(), shape.dims().begin() + axis_);
    dims.push_back(checked_mul(shape[axis_], places_));
    dims.insert(dims.end(), top_space_.begin(), top_space_.end());
    top[0]->reshape(Shape(dims));
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const float* in = bottom[0]->data().read();
    float* out = top[0]->data().write();
    const int64_t from = count(bottom_space_), to = count(top_space_);
    parallel_for(planes_ * places_, grain_of(to), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        float* column = out + i * to;
        std::fill_n(column, to, 0.0f);
        const float* plane = in + i / places_ * from;
        walk(i % places_, 0, 0, 0, [&](int64_t top_at, int64_t bottom_at, int64_t length) {
          const int64_t step = last_stride();
          for (int64_t k = 0; k < length; ++k) column[top_at + k] = plane[bottom_at + k * step];
        });
      }
    });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const float* gradient = top[0]->diff().read();
    float* out = bottom[0]->diff().write();
    const int64_t from = count(bottom_space_), to = count(top_space_);
    parallel_for(planes_, grain_of(to * places_), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        float* plane = out + i * from;
        std::fill_n(plane, from, 0.0f);
        for (int64_t place = 0; place < places_; ++place) {
          const float* column = gradient + (i * places_ + place) * to;
          walk(place, 0, 0, 0, [&](int64_t top_at, int64_t bottom_at, int64_t length) {
            const int64_t step = last_stride();
            for (int64_t k = 0; k < length; ++k) plane[bottom_at + k * step] += column[top_at + k];
          });
        }
      }
    });
  }

 private:
  static int64_t count(const std::vector<int64_t>& space) {
    int64_t product = 1;
    for (int64_t extent : space) product *= extent;
    return product;
  }

  int64_t last_stride() const { return geometry_.stride.empty() ? 1 : geometry_.stride.back(); }

  // body(where in the top, where in the bottom, length) for each run of a row of the top that lies
  // over the bottom at kernel place `place`; called with the axis and what lies before it.
  template <class Body>
  void walk(int64_t place, size_t axis, int64_t top_at, int64_t bottom_at, const Body& body) const {
    if (top_space_.empty()) return body(0, 0, 1);
    int64_t behind = 1;  // the kernel's places behind this axis
    for (size_t i = axis + 1; i < geometry_.kernel.size(); ++i) behind *= geometry_.kernel[i];
    const int64_t stride = geometry_.stride[axis];
    const int64_t start =
        place / behind % geometry_.kernel[axis] * geometry_.dilation[axis] - geometry_.pad[axis];
    // The places of the top whose value lies in the bottom.
    const int64_t first = start >= 0 ? 0 : divide_up(-start, stride);
    const int64_t room = bottom_space_[axis] - start;
    const int64_t end = std::min(top_space_[axis], room <= 0 ? 0 : divide_up(room, stride));
    if (first >= end) return;
    top_at = top_at * top_space_[axis] + first;
    bottom_at = bottom_at * bottom_space_[axis] + start + first * stride;
    if (axis + 1 == top_space_.size()) return body(top_at, bottom_at, end - first);
    for (int64_t i = first; i < end; ++i) {
      walk(place, axis + 1, top_at++, bottom_at, body);
      bottom_at += stride;
    }
  }

  int axis_ = 1, axes_ = 0;
  ConvolutionGeometry geometry_;
  int64_t places_ = 1, planes_ = 0;  // of the kernel; of the bottom
  std::vector<int64_t> bottom_space_, top_space_;
};

const LayerRegistration<Im2colLayer> registration("Im2col");

}  // namespace
}  // namespace caffe
