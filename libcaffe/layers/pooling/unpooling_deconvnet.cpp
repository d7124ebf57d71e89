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

#include "core/checked.hpp"
#include "core/threads.hpp"
#include "kernels/pooling_window.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
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
    const bool maximum = method() == UnPoolingParameter::MAX;
    if (maximum && bottom.size() > 1) {
      check_mask(*bottom[1], top[0]->shape(), bottom_name(1));
      return scatter_by_mask(bottom[0]->data(), bottom[1]->data(), top[0]->data());
    }
    const float* in = bottom[0]->data().read();
    float* out = top[0]->data().write();
    for_each_plane(bottom[0]->shape(), [&](int64_t from, int64_t to) {
      std::fill_n(out + to, size_.h * size_.w, 0.0f);
      if (maximum) {
        for_each_first_place(bottom[0]->shape(),
                             [&](int64_t i, int64_t place) { out[to + place] = in[from + i]; });
        return;
      }
      for_each_window(bottom[0]->shape(), [&](int64_t i, const auto& rows, const auto& columns) {
        const float share = in[from + i] * factor(rows, columns);
        for_each_place(rows, columns, [&](int64_t place) { out[to + place] += share; });
      });
    });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down.size() > 1 && propagate_down[1]) bottom[1]->diff().clear();
    if (!propagate_down[0]) return;
    const bool maximum = method() == UnPoolingParameter::MAX;
    if (maximum && bottom.size() > 1) {
      check_mask(*bottom[1], top[0]->shape(), bottom_name(1));
      return gather_by_mask(top[0]->diff(), bottom[1]->data(), bottom[0]->diff());
    }
    const float* gradient = top[0]->diff().read();
    float* out = bottom[0]->diff().write();
    for_each_plane(bottom[0]->shape(), [&](int64_t to, int64_t from) {
      if (maximum) {
        for_each_first_place(bottom[0]->shape(), [&](int64_t i, int64_t place) {
          out[to + i] = gradient[from + place];
        });
        return;
      }
      for_each_window(bottom[0]->shape(), [&](int64_t i, const auto& rows, const auto& columns) {
        double sum = 0;
        for_each_place(rows, columns, [&](int64_t place) { sum += gradient[from + place]; });
        out[to + i] = static_cast<float>(sum) * factor(rows, columns);
      });
    });
  }

 private:
  UnPoolingParameter::UnPoolMethod method() const {
    const UnPoolingParameter& wanted = *param().unpooling_param;
    return wanted.has_unpool() ? wanted.unpool : UnPoolingParameter::MAX;
  }

  // body(where the plane begins in the bottom, where in the top)
  template <class Body>
  void for_each_plane(const Shape& shape, const Body& body) const {
    const int64_t small = shape.count(2), large = size_.h * size_.w;
    parallel_for(shape.count(0, 2), grain_of(large), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) body(i * small, i * large);
    });
  }

  // body(which value of the plane, its rows, its columns)
  template <class Body>
  void for_each_window(const Shape& shape, const Body& body) const {
    for (int64_t h = 0; h < shape[2]; ++h) {
      const PoolingWindow rows(h, kernel_.h, stride_.h, 0, size_.h);
      for (int64_t w = 0; w < shape[3]; ++w) {
        body(h * shape[3] + w, rows, PoolingWindow(w, kernel_.w, stride_.w, 0, size_.w));
      }
    }
  }

  // Where each value goes when nothing names its place: body(which value of the plane, which
  // place).
  template <class Body>
  void for_each_first_place(const Shape& shape, const Body& body) const {
    for (int64_t h = 0; h < shape[2]; ++h) {
      const int64_t row = std::min(h * stride_.h, size_.h - 1) * size_.w;
      for (int64_t w = 0; w < shape[3]; ++w) {
        body(h * shape[3] + w, row + std::min(w * stride_.w, size_.w - 1));
      }
    }
  }

  template <class Body>
  void for_each_place(const PoolingWindow& rows, const PoolingWindow& columns,
                      const Body& body) const {
    for (int64_t h = rows.begin; h < rows.end; ++h) {
      for (int64_t w = columns.begin; w < columns.end; ++w) body(h * size_.w + w);
    }
  }

  float factor(const PoolingWindow& rows, const PoolingWindow& columns) const {
    if (method() != UnPoolingParameter::AVE) return 1;
    return 1 / static_cast<float>(average_divisor(rows, columns));
  }

  HeightWidth kernel_, stride_, size_;
};

const LayerRegistration<UnpoolingLayer> registration("Unpooling");

}  // namespace
}  // namespace caffe
