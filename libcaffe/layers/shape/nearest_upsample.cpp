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
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
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
    const Shape& shape = image_shape(bottom);
    top[0]->reshape(
        {shape[0], shape[1], checked_mul(shape[2], scale_), checked_mul(shape[3], scale_)});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Place place = bottom[0]->data().host_place();
    const Rows rows(order_at(place, bottom[0]->shape(), 3));
    const float* in = bottom[0]->data().read(place);
    float* out = top[0]->data().write(place);
    const int64_t pixel = rows.pixel, wide = rows.width * scale_ * pixel;
    parallel_for(
        rows.count, grain_of(wide * scale_), [=, scale = scale_](int64_t begin, int64_t end) {
          for (int64_t row = begin; row < end; ++row) {
            float* first = out + row * scale * wide;
            for (int64_t w = 0; w < rows.width * scale; ++w) {
              std::copy_n(in + (row * rows.width + w / scale) * pixel, pixel, first + w * pixel);
            }
            for (int64_t i = 1; i < scale; ++i) std::copy_n(first, wide, first + i * wide);
          }
        });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const Place place = top[0]->diff().host_place();
    const Rows rows(order_at(place, bottom[0]->shape(), 3));
    const float* gradient = top[0]->diff().read(place);
    float* out = bottom[0]->diff().write(place);
    const int64_t pixel = rows.pixel, wide = rows.width * scale_ * pixel;
    parallel_for(
        rows.count, grain_of(wide * scale_), [=, scale = scale_](int64_t begin, int64_t end) {
          for (int64_t i = begin * rows.width * pixel; i < end * rows.width * pixel; ++i) {
            const int64_t row = i / (rows.width * pixel), w = i / pixel % rows.width;
            const float* from = gradient + row * scale * wide + w * scale * pixel + i % pixel;
            double sum = 0;
            for (int64_t j = 0; j < scale; ++j) {
              for (int64_t k = 0; k < scale; ++k) sum += from[j * wide + k * pixel];
            }
            out[i] = static_cast<float>(sum);
          }
        });
  }

 private:
  // The bottom's rows of pixels: those of one channel, or of all when they are innermost.
  struct Rows {
    int64_t count, width, pixel;

    explicit Rows(const ChannelView& view)
        : count(view.outer), width(view.channels), pixel(view.inner) {}
  };

  int64_t scale_ = 1;
};

bool has_no_indices(const LayerParameter& param) {
  return param.bottom.size() < 2;
}

const LayerRegistration<NearestUpsampleLayer> registration("Upsample", {"nearest", has_no_indices});

}  // namespace
}  // namespace caffe
