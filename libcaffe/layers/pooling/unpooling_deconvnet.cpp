// Unpooling: the way back from a pooling, to a size that is given: each value of the bottom goes to
// places of its window of the top.
//
//   unpool       MAX: to the place that the second bottom names, or without one to its window's
//                first; AVE: to all of its window within the top, divided by the number of these
//                places; TILE: to all of them, undivided. Where windows overlap, AVE and TILE add
//                up, with MAX the last value stays
//   kernel_size  required (or kernel_h and kernel_w); means nothing for MAX
//   stride       1 (or stride_h and stride_w)
//   unpool_size  required (or unpool_h and unpool_w): rows and columns of the top
//   pad          0; no other is allowed
//   engine       accepted, means nothing here
//
// Bottoms: N x C x H x W, and with MAX optionally the second top of a Pooling, of the same shape:
// indices h * W' + w within the channel's plane of the top. Top: N x C x H' x W'. With MAX, values
// with one place each get its whole gradient, as in Upsample; the indices get none. Not in place.
//   Noh, Hong, Han: "Learning deconvolution network for semantic segmentation", ICCV 2015
//
// Fork: HyeonwooNoh/caffe (DeconvNet), where it is V1's type UNPOOLING. UnPooling is ParseNet's.
// Differs from the fork: AVE and TILE begin at zeros, there at what the top held before; the
// gradient of TILE is not divided by the window's places.
//
//   layer { name: "unpool5" type: "Unpooling" bottom: "fc6-deconv" bottom: "pool5_mask"
//           top: "unpool5" unpooling_param { unpool: MAX kernel_size: 2 stride: 2 unpool_size: 14 }
//           }
#include <algorithm>
#include <utility>

#include "core/checked.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/pooling/axis_places.hpp"
#include "layers/pooling/mask.hpp"
#include "layers/pooling/pooling_geometry.hpp"
#include "schema/known_fields.hpp"

namespace caffe {
namespace {

class UnpoolingLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, method() == UnPoolingParameter::MAX ? 2 : 1, 1, 1}; }
  bool allow_force_backward(int bottom) const override { return bottom == 0; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const UnPoolingParameter& wanted = *param().unpooling_param;
    reject_fields_but(
        wanted, "Unpooling (DeconvNet's; ParseNet's is UnPooling): unpooling_param",
        {"unpool", "kernel_size", "kernel_h", "kernel_w", "stride", "stride_h", "stride_w", "pad",
         "pad_h", "pad_w", "unpool_size", "unpool_h", "unpool_w", "engine"});
    if (method() != UnPoolingParameter::MAX && method() != UnPoolingParameter::AVE &&
        method() != UnPoolingParameter::TILE) {
      fail(Status::kInvalidArgument, "unpooling_param.unpool is none of MAX, AVE and TILE, which ",
           "are those of Unpooling; UnPooling is another layer");
    }
    kernel_ = read_height_width("unpooling_param", "kernel_size", wanted.has_kernel_size(),
                                wanted.kernel_size, wanted.has_kernel_h(), wanted.kernel_h,
                                wanted.has_kernel_w(), wanted.kernel_w);
    stride_ = read_height_width("unpooling_param", "stride", wanted.has_stride(), wanted.stride,
                                wanted.has_stride_h(), wanted.stride_h, wanted.has_stride_w(),
                                wanted.stride_w);
    size_ = read_height_width("unpooling_param", "unpool_size", wanted.has_unpool_size(),
                              wanted.unpool_size, wanted.has_unpool_h(), wanted.unpool_h,
                              wanted.has_unpool_w(), wanted.unpool_w);
    for (const auto& [name, given] :
         {std::pair{"kernel_size", kernel_}, std::pair{"stride", stride_},
          std::pair{"unpool_size", size_}}) {
      if (given.h > 0 && given.w > 0) continue;
      fail(Status::kInvalidArgument, "unpooling_param.", name, " must be at least 1, not ", given.h,
           " x ", given.w);
    }
    if (wanted.pad != 0 || wanted.pad_h != 0 || wanted.pad_w != 0) {
      fail(Status::kUnsupported, "unpooling_param: there is no Unpooling with a pad");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    if (bottom.size() > 1 && !(bottom[1]->shape() == shape)) {
      fail(Status::kShape, bottom_name(1), " must hold an index for each value of ", bottom_name(0),
           ": it has shape ", bottom[1]->shape(), ", the other ", shape);
    }
    checked_mul(shape[2], stride_.h);
    checked_mul(shape[3], stride_.w);
    top[0]->reshape({shape[0], shape[1], size_.h, size_.w});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (method() != UnPoolingParameter::MAX) {
      kernels().unpooling(bottom[0]->data(), spec(bottom), top[0]->data());
    } else if (bottom.size() > 1) {
      check_mask(*bottom[1], top[0]->shape(), bottom_name(1));
      kernels().scatter(bottom[0]->data(), bottom[1]->data(), top[0]->data());
    } else {
      const auto [rows, columns] = first_places(bottom);
      put_to_places(kernels(), bottom[0]->data(), rows, columns, top[0]->data());
    }
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down.size() > 1 && propagate_down[1]) bottom[1]->diff().clear();
    if (!propagate_down[0]) return;
    if (method() != UnPoolingParameter::MAX) {
      kernels().unpooling_backward(top[0]->diff(), spec(bottom), bottom[0]->diff());
    } else if (bottom.size() > 1) {
      check_mask(*bottom[1], top[0]->shape(), bottom_name(1));
      kernels().gather(top[0]->diff(), bottom[1]->data(), bottom[0]->diff());
    } else {
      const auto [rows, columns] = first_places(bottom);
      take_from_places(kernels(), top[0]->diff(), rows, columns, bottom[0]->diff());
    }
  }

 private:
  UnPoolingParameter::UnPoolMethod method() const {
    const UnPoolingParameter& wanted = *param().unpooling_param;
    return wanted.has_unpool() ? wanted.unpool : UnPoolingParameter::MAX;
  }

  UnpoolingSpec spec(const BlobPointers& bottom) const {
    const Shape& shape = bottom[0]->shape();
    return {shape.count(0, 2),
            shape[2],
            shape[3],
            size_.h,
            size_.w,
            kernel_.h,
            kernel_.w,
            stride_.h,
            stride_.w,
            0,
            0,
            method() == UnPoolingParameter::AVE,
            false};
  }

  // Where each value goes when nothing names its place.
  std::pair<AxisPlaces, AxisPlaces> first_places(const BlobPointers& bottom) const {
    AxisPlaces rows, columns;
    for (int64_t h = 0; h < bottom[0]->dim(2); ++h) {
      rows.push_back(std::min(h * stride_.h, size_.h - 1));
    }
    for (int64_t w = 0; w < bottom[0]->dim(3); ++w) {
      columns.push_back(std::min(w * stride_.w, size_.w - 1));
    }
    return {rows, columns};
  }

  HeightWidth kernel_, stride_, size_;
};

const LayerRegistration<UnpoolingLayer> registration("Unpooling");

}  // namespace
}  // namespace caffe
