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
#include "core/checked.hpp"
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
    spec_.kernel = geometry_.kernel;
    spec_.stride = geometry_.stride;
    spec_.pad = geometry_.pad;
    spec_.dilation = geometry_.dilation;
    places_ = 1;
    for (int64_t extent : geometry_.kernel) places_ = checked_mul(places_, extent);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() != axes_) {
      fail(Status::kShape, bottom_name(0), " must have ", axes_,
           " axes, as at set-up, its shape is ", shape);
    }
    const std::vector<int64_t> space(shape.dims().begin() + axis_ + 1, shape.dims().end());
    const std::vector<int64_t> top_space =
        with_context([&] { return bottom_name(0); }, [&] { return geometry_.convolved(space); });
    spec_.bottom = planes(shape.count(0, axis_ + 1), space);
    spec_.top = planes(shape.count(0, axis_ + 1), top_space);
    std::vector<int64_t> dims(shape.dims().begin(), shape.dims().begin() + axis_);
    dims.push_back(checked_mul(shape[axis_], places_));
    dims.insert(dims.end(), top_space.begin(), top_space.end());
    top[0]->reshape(Shape(dims));
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().im2col(bottom[0]->data(), spec_, top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    kernels().col2im(top[0]->diff(), spec_, bottom[0]->diff());
  }

 private:
  // Each with a channel of its own.
  static Shape planes(int64_t count, const std::vector<int64_t>& space) {
    std::vector<int64_t> dims = {count, 1};
    dims.insert(dims.end(), space.begin(), space.end());
    return Shape(dims);
  }

  int axis_ = 1, axes_ = 0;
  ConvolutionGeometry geometry_;
  int64_t places_ = 1;    // of the kernel
  ConvolutionSpec spec_;  // of the bottom's planes
};

const LayerRegistration<Im2colLayer> registration("Im2col");

}  // namespace
}  // namespace caffe
