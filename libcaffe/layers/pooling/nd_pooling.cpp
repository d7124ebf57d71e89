// NdPooling: a Pooling (pooling.cpp) over any number of spatial axes.
//
//   pool            MAX; AVE
//   pooling_param.kernel_shape  required, one `dim` for each spatial axis, unless global_pooling is
//                   given
//   pooling_param.stride_shape  1 along every axis
//   pooling_param.pad_shape     0 along every axis, less than the kernel; ignored by the maximum,
//                   counted as zeros by the average
//   global_pooling  false; true: the window is the whole image
//   round_mode      CEIL, FLOOR, and its other names
//   engine          accepted, means nothing here
//
// Bottom: N x C x any axes. Top: N x C x as many axes, each (size + 2 pad - kernel) / stride + 1,
// rounded as round_mode says; along an axis with padding a last window that would begin behind the
// image and its lower padding is dropped. Not in place.
//
// Fork: chuckcho/video-caffe.
//
//   layer { name: "pool1" type: "NdPooling" bottom: "conv1a" top: "pool1"
//           pooling_param { pool: MAX kernel_shape { dim: 1 dim: 2 dim: 2 }
//           stride_shape { dim: 1 dim: 2 dim: 2 } } }
#include <algorithm>
#include <cfloat>
#include <cmath>

#include "core/checked.hpp"
#include "core/threads.hpp"
#include "kernels/pooling_window.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/convolution/shape_numbers.hpp"
#include "layers/pooling/pooling_geometry.hpp"
#include "schema/known_fields.hpp"

namespace caffe {
namespace {

class NdPoolingLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const PoolingParameter& wanted = *param().pooling_param;
    reject_fields_but(wanted, "NdPooling: pooling_param",
                      {"pool", "kernel_shape", "stride_shape", "pad_shape", "global_pooling",
                       "round_mode", "ceil_mode", "torch_pooling", "round_below", "engine"});
    if (wanted.pool != PoolingParameter::MAX && wanted.pool != PoolingParameter::AVE) {
      fail(Status::kUnsupported,
           "pooling_param.pool is neither MAX nor AVE, which NdPooling knows");
    }
    const int axes = bottom[0]->shape().axes() - 2;
    if (axes < 1) {
      fail(Status::kShape, bottom_name(0), " must have at least 3 axes (N x C x space), its shape ",
           "is ", bottom[0]->shape());
    }
    ceil_ = rounds_up(wanted);
    stride_ = numbers("stride_shape", wanted.has_stride_shape(), *wanted.stride_shape, axes, 1, 1);
    pad_ = numbers("pad_shape", wanted.has_pad_shape(), *wanted.pad_shape, axes, 0, 0);
    if (wanted.global_pooling) {
      if (wanted.has_kernel_shape() || stride_ != std::vector<int64_t>(stride_.size(), 1) ||
          pad_ != std::vector<int64_t>(pad_.size(), 0)) {
        fail(Status::kInvalidArgument, "pooling_param.global_pooling takes the window from the ",
             "bottom's size; it goes without kernel_shape, strides and pads");
      }
      return;
    }
    if (!wanted.has_kernel_shape()) {
      fail(Status::kInvalidArgument, "pooling_param.kernel_shape must be given");
    }
    kernel_ = numbers("kernel_shape", true, *wanted.kernel_shape, axes, 1, 1);
    for (size_t i = 0; i < kernel_.size(); ++i) {
      if (pad_[i] < kernel_[i]) continue;
      fail(Status::kInvalidArgument, "pooling_param: the pad along spatial axis ", i, " (", pad_[i],
           ") must be less than the kernel (", kernel_[i], ")");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() != static_cast<int>(stride_.size()) + 2) {
      fail(Status::kShape, bottom_name(0), " has shape ", shape, ", expected ", stride_.size() + 2,
           " axes, as at set-up");
    }
    if (param().pooling_param->global_pooling) {
      kernel_.assign(shape.dims().begin() + 2, shape.dims().end());
    }
    std::vector<int64_t> dims = {shape[0], shape[1]};
    for (size_t i = 0; i < stride_.size(); ++i) {
      const int64_t size = shape[static_cast<int>(i) + 2];
      dims.push_back(with_context([&] { return str(bottom_name(0), ", spatial axis ", i); },
                                  [&] {
                                    return pooled_extent(size, kernel_[i], stride_[i], pad_[i],
                                                         pad_[i] > 0, ceil_);
                                  }));
    }
    top[0]->reshape(Shape(dims));
  }

  int64_t flops(const BlobPointers&, const BlobPointers& top) const override {
    int64_t sums = top[0]->count();
    for (const int64_t extent : kernel_) sums = capped_mul(sums, extent);
    return sums;
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const float* in = bottom[0]->data().read();
    float* out = top[0]->data().write();
    const bool maximum = param().pooling_param->pool == PoolingParameter::MAX;
    if (maximum) greatest_.resize(static_cast<size_t>(top[0]->count()));
    for_each_window(*bottom[0], *top[0], [&](int64_t plane, int64_t to, const Window& window) {
      if (maximum) {
        const int64_t place = greatest(in + plane, window);
        greatest_[static_cast<size_t>(to)] = place;
        out[to] = place < 0 ? -FLT_MAX : in[plane + place];
      } else {
        double sum = 0;
        for_each_place(window, [&](int64_t place) { sum += in[plane + place]; });
        out[to] = static_cast<float>(sum / window.divisor);
      }
    });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const float* gradient = top[0]->diff().read();
    float* out = bottom[0]->diff().write();
    std::fill_n(out, bottom[0]->count(), 0.0f);
    const bool maximum = param().pooling_param->pool == PoolingParameter::MAX;
    for_each_window(*bottom[0], *top[0], [&](int64_t plane, int64_t from, const Window& window) {
      if (maximum) {
        const int64_t place = greatest_[static_cast<size_t>(from)];
        if (place >= 0) out[plane + place] += gradient[from];
      } else {
        const float share = static_cast<float>(gradient[from] / window.divisor);
        for_each_place(window, [&](int64_t place) { out[plane + place] += share; });
      }
    });
  }

 private:
  // One window: its part of each axis, and how long a step along the axis is.
  struct Window {
    std::vector<PoolingWindow> sides;
    std::vector<int64_t> steps;
    double divisor = 1;
  };

  static std::vector<int64_t> numbers(const char* name, bool given, const BlobShape& shape,
                                      int axes, int64_t default_value, int64_t least) {
    const auto count = static_cast<size_t>(axes);
    if (!given) return std::vector<int64_t>(count, default_value);
    if (shape.dim.size() != count) {
      fail(Status::kInvalidArgument, "pooling_param.", name, " has ", shape.dim.size(),
           " numbers, expected one for each of the ", axes, " spatial axes");
    }
    const std::string field = str("pooling_param.", name);
    for (const int64_t value : shape_numbers(field, shape)) {
      if (value >= least) continue;
      fail(Status::kInvalidArgument, field, " has ", value, ", expected numbers from ", least,
           " on");
    }
    return shape.dim;
  }

  // body(where the plane begins in the bottom, which value of the top, its window); the windows of
  // a plane are one thread's.
  template <class Body>
  void for_each_window(const Blob& bottom, const Blob& top, const Body& body) const {
    const int64_t large = bottom.shape().count(2), small = top.shape().count(2);
    parallel_for(top.shape().count(0, 2), grain_of(large), [&](int64_t begin, int64_t end) {
      Window window;
      window.steps.resize(stride_.size());
      for (size_t i = 0; i < stride_.size(); ++i) {
        window.steps[i] = bottom.shape().count(static_cast<int>(i) + 3);
      }
      for (int64_t plane = begin; plane < end; ++plane) {
        for (int64_t at = 0; at < small; ++at) {
          place_window(bottom.shape(), top.shape(), at, window);
          body(plane * large, plane * small + at, window);
        }
      }
    });
  }

  // The window of value `at` of a plane of the top.
  void place_window(const Shape& bottom, const Shape& top, int64_t at, Window& window) const {
    window.sides.assign(stride_.size(), PoolingWindow(0, 1, 1, 0, 1));
    window.divisor = 1;
    for (size_t i = stride_.size(); i-- > 0;) {
      const int axis = static_cast<int>(i) + 2;
      window.sides[i] =
          PoolingWindow(at % top[axis], kernel_[i], stride_[i], pad_[i], bottom[axis]);
      window.divisor *= static_cast<double>(std::max<int64_t>(window.sides[i].extent, 1));
      at /= top[axis];
    }
  }

  // body(place within the plane), in the order of memory.
  template <class Body>
  static void for_each_place(const Window& window, const Body& body, size_t axis = 0,
                             int64_t from = 0) {
    const PoolingWindow& side = window.sides[axis];
    for (int64_t i = side.begin; i < side.end; ++i) {
      const int64_t at = from + i * window.steps[axis];
      if (axis + 1 == window.sides.size()) {
        body(at);
      } else {
        for_each_place(window, body, axis + 1, at);
      }
    }
  }

  // The first of the greatest values; a NaN is the greatest. -1 when the window lies outside.
  static int64_t greatest(const float* plane, const Window& window) {
    int64_t best = -1;
    for_each_place(window, [&](int64_t place) {
      if (best < 0 || plane[place] > plane[best] ||
          (std::isnan(plane[place]) && !std::isnan(plane[best]))) {
        best = place;
      }
    });
    return best;
  }

  bool ceil_ = true;
  std::vector<int64_t> kernel_, stride_, pad_;
  std::vector<int64_t> greatest_;  // of each value of the top, in its plane
};

const LayerRegistration<NdPoolingLayer> registration("NdPooling");

}  // namespace
}  // namespace caffe
