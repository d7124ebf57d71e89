// Upsample: each value of the bottom repeated in a square of the top.
//
//   scale  1; the square's rows and columns
//
// Bottom: N x C x H x W. Top: N x C x (H scale) x (W scale). Not in place.
//
// Fork: eric612/MobileNet-YOLO (nearest). With two bottoms it is the other Upsample (segnet).
//
//   layer { name: "upsample" type: "Upsample" bottom: "conv17" top: "upsample"
//           upsample_param { scale: 2 } }
#include <algorithm>

#include "core/checked.hpp"
#include "core/threads.hpp"
#include "layers/layer.hpp"
#include "schema/known_fields.hpp"

namespace caffe {
namespace {

class NearestUpsampleLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const UpsampleParameter& wanted = *param().upsample_param;
    reject_fields_but(wanted, "with one bottom upsample_param", {"scale"});
    scale_ = wanted.has_scale() ? wanted.scale : 1;
    if (scale_ < 1) {
      fail(Status::kInvalidArgument, "upsample_param.scale must be at least 1, not ", scale_);
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() != 4) {
      fail(Status::kShape, bottom_name(0), " must have 4 axes (N x C x H x W), its shape is ",
           shape);
    }
    top[0]->reshape(
        {shape[0], shape[1], checked_mul(shape[2], scale_), checked_mul(shape[3], scale_)});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const float* in = bottom[0]->data().read();
    float* out = top[0]->data().write();
    const int64_t width = bottom[0]->dim(3), wide = width * scale_;
    parallel_for(bottom[0]->shape().count(0, 3), grain_of(wide * scale_),
                 [=, scale = scale_](int64_t begin, int64_t end) {
                   for (int64_t row = begin; row < end; ++row) {
                     float* first = out + row * scale * wide;
                     for (int64_t w = 0; w < width; ++w) {
                       std::fill_n(first + w * scale, scale, in[row * width + w]);
                     }
                     for (int64_t i = 1; i < scale; ++i) std::copy_n(first, wide, first + i * wide);
                   }
                 });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const float* gradient = top[0]->diff().read();
    float* out = bottom[0]->diff().write();
    const int64_t width = bottom[0]->dim(3), wide = width * scale_;
    parallel_for(bottom[0]->shape().count(0, 3), grain_of(wide * scale_),
                 [=, scale = scale_](int64_t begin, int64_t end) {
                   for (int64_t row = begin; row < end; ++row) {
                     for (int64_t w = 0; w < width; ++w) {
                       double sum = 0;
                       for (int64_t i = 0; i < scale; ++i) {
                         const float* from = gradient + (row * scale + i) * wide + w * scale;
                         for (int64_t k = 0; k < scale; ++k) sum += from[k];
                       }
                       out[row * width + w] = static_cast<float>(sum);
                     }
                   }
                 });
  }

 private:
  int64_t scale_ = 1;
};

bool has_no_indices(const LayerParameter& param) {
  return param.bottom.size() < 2;
}

const LayerRegistration<NearestUpsampleLayer> registration("Upsample", {"nearest", has_no_indices});

}  // namespace
}  // namespace caffe
