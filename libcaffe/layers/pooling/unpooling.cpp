// UnPooling: the way back from a pooling: each value of the bottom has a window of the top.
//
//   unpool           FIXED: the value goes to the middle of its window, all else is 0, and a later
//                    value overwrites; REP: to all of its window; DIV: to all of its window,
//                    divided by the window's places; both divide each place of the top by the
//                    number of windows over it
//   out_kernel_size  required (or out_kernel_h and out_kernel_w) with one bottom
//   out_stride       1 (or out_stride_h and out_stride_w)
//   out_pad          0 (or out_pad_h and out_pad_w): rows and columns taken off the top
//
// Bottom: N x C x H x W. Top: N x C x H' x W' with H' = (H - 1) out_stride + out_kernel - 2
// out_pad. A second bottom of 4 axes gives a size instead of these: along an axis of extent s of it
// and b of the first, kernel and stride are s / b, rounded up, and the pad is half of what the
// windows reach over s, rounded down (so the top may be larger than s by one). It gets no gradient.
// Not in place.
//
// Fork: weiliu89/caffe (fcn), for ParseNet.
//
//   layer { name: "global" type: "UnPooling" bottom: "pool6" bottom: "fc7" top: "global"
//           unpooling_param { unpool: REP } }
#include <algorithm>

#include "core/checked.hpp"
#include "core/divide_up.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"
#include "layers/pooling/axis_places.hpp"
#include "layers/pooling/pooling_geometry.hpp"
#include "schema/known_fields.hpp"

namespace caffe {
namespace {

// The windows along one axis.
struct Axis {
  int64_t bottom = 0, kernel = 1, stride = 1, pad = 0;
  int64_t size = 0;  // the top's extent

  void reshape(int64_t count, int64_t wide, int64_t step, int64_t cut) {
    bottom = count, kernel = wide, stride = step, pad = cut;
    size = checked_add(checked_mul(bottom - 1, stride), kernel) - 2 * pad;
    if (bottom < 1 || size < 1) {
      fail(Status::kShape, "nothing is left of ", bottom, " windows of ", kernel, " with stride ",
           stride, " and pad ", pad);
    }
  }

  // Windows that give a top of `wanted` places, or one more.
  void reshape_like(int64_t count, int64_t wanted) {
    if (count == 0 || wanted == 0) fail(Status::kShape, "an axis of no extent has no windows");
    const int64_t wide = divide_up(wanted, count);
    reshape(count, wide, wide, (wide * count - wanted) / 2);
  }

  // Where FIXED writes, -1 when a later value overwrites it there.
  AxisPlaces middles() const {
    AxisPlaces all;
    for (int64_t i = 0; i < bottom; ++i) {
      const int64_t first = i * stride - pad;
      const int64_t middle = std::clamp<int64_t>((2 * first + kernel - 1) / 2, 0, size - 1);
      if (i > 0 && all.back() == middle) all.back() = -1;
      all.push_back(middle);
    }
    return all;
  }
};

class UnPoolingLayer final : public Layer {
 public:
  using Layer::Layer;

  // To the size of a second bottom, the top lies on that one.
  static CoordinateMap coordinates(const LayerParameter& param) {
    if (param.bottom.size() < 2) {
      fail(Status::kUnsupported, "it does not map rows and columns without a second bottom");
    }
    CoordinateMap map;
    map.bottom = 1;
    return map;
  }

  Arity arity() const override { return {1, 2, 1, 1, false}; }
  bool allow_force_backward(int bottom) const override { return bottom == 0; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const UnPoolingParameter& wanted = *param().unpooling_param;
    reject_fields_but(
        wanted, "UnPooling (ParseNet's; DeconvNet's is Unpooling): unpooling_param",
        {"unpool", "out_pad", "out_pad_h", "out_pad_w", "out_kernel_size", "out_kernel_h",
         "out_kernel_w", "out_stride", "out_stride_h", "out_stride_w"});
    method_ = wanted.unpool;
    if (method_ != UnPoolingParameter::FIXED && method_ != UnPoolingParameter::DIV &&
        method_ != UnPoolingParameter::REP) {
      fail(Status::kInvalidArgument, "unpooling_param.unpool is none of FIXED, DIV and REP, which ",
           "are those of UnPooling; Unpooling is another layer");
    }
    if (bottom.size() > 1) return;
    kernel_ =
        read_height_width("unpooling_param", "out_kernel_size", wanted.has_out_kernel_size(),
                          wanted.out_kernel_size, wanted.has_out_kernel_h(), wanted.out_kernel_h,
                          wanted.has_out_kernel_w(), wanted.out_kernel_w);
    stride_ = read_height_width("unpooling_param", "out_stride", wanted.has_out_stride(),
                                wanted.out_stride, wanted.has_out_stride_h(), wanted.out_stride_h,
                                wanted.has_out_stride_w(), wanted.out_stride_w);
    pad_ = read_height_width("unpooling_param", "out_pad", wanted.has_out_pad(), wanted.out_pad,
                             wanted.has_out_pad_h(), wanted.out_pad_h, wanted.has_out_pad_w(),
                             wanted.out_pad_w);
    if (std::min({kernel_.h, kernel_.w, stride_.h, stride_.w}) == 0) {
      fail(Status::kInvalidArgument, "unpooling_param: kernel and stride must be at least 1, not ",
           kernel_.h, " x ", kernel_.w, " and ", stride_.h, " x ", stride_.w);
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    for (size_t i = 0; i < bottom.size(); ++i) image_shape(bottom, i);
    const Shape& shape = bottom[0]->shape();
    with_context([&] { return bottom_name(0); },
                 [&] {
                   if (bottom.size() > 1) {
                     rows_.reshape_like(shape[2], bottom[1]->dim(2));
                     columns_.reshape_like(shape[3], bottom[1]->dim(3));
                   } else {
                     rows_.reshape(shape[2], kernel_.h, stride_.h, pad_.h);
                     columns_.reshape(shape[3], kernel_.w, stride_.w, pad_.w);
                   }
                 });
    top[0]->reshape({shape[0], shape[1], rows_.size, columns_.size});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (method_ == UnPoolingParameter::FIXED) {
      put_to_places(kernels(), bottom[0]->data(), rows_.middles(), columns_.middles(),
                    top[0]->data());
    } else {
      kernels().unpooling(bottom[0]->data(), spec(bottom), top[0]->data());
    }
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down.size() > 1 && propagate_down[1]) bottom[1]->diff().clear();
    if (!propagate_down[0]) return;
    if (method_ == UnPoolingParameter::FIXED) {
      take_from_places(kernels(), top[0]->diff(), rows_.middles(), columns_.middles(),
                       bottom[0]->diff());
    } else {
      kernels().unpooling_backward(top[0]->diff(), spec(bottom), bottom[0]->diff());
    }
  }

 private:
  UnpoolingSpec spec(const BlobPointers& bottom) const {
    return {bottom[0]->shape().count(0, 2),
            rows_.bottom,
            columns_.bottom,
            rows_.size,
            columns_.size,
            rows_.kernel,
            columns_.kernel,
            rows_.stride,
            columns_.stride,
            rows_.pad,
            columns_.pad,
            method_ == UnPoolingParameter::DIV,
            true};
  }

  UnPoolingParameter::UnPoolMethod method_ = UnPoolingParameter::FIXED;
  HeightWidth kernel_, stride_, pad_;
  Axis rows_, columns_;
};

const LayerRegistration<UnPoolingLayer> registration("UnPooling");

}  // namespace
}  // namespace caffe
