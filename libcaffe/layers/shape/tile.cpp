// Tile: repeats a blob along an axis.
//
//   axis   1
//   tiles  required, at least 1: how many copies follow each other
//
// Bottom: any shape; top: the same, `tiles` times as long along `axis`. Not in place.
//
//   layer { name: "tile" type: "Tile" bottom: "x" top: "y" tile_param { axis: 1 tiles: 3 } }
#include <algorithm>

#include "core/checked.hpp"
#include "core/threads.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class TileLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    tiles_ = param().tile_param->tiles;
    if (tiles_ < 1) {
      fail(Status::kInvalidArgument, "tile_param.tiles must be given, at least 1, not ", tiles_);
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const int axis = bottom_axis(bottom, 0, param().tile_param->axis, "tile_param.axis");
    const Shape& shape = bottom[0]->shape();
    std::vector<int64_t> dims = shape.dims();
    int64_t& extent = dims[static_cast<size_t>(axis)];
    extent = checked_mul(extent, tiles_);
    outer_ = shape.count(0, axis);
    inner_ = shape.count(axis);
    top[0]->reshape(Shape(dims));
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const float* x = bottom[0]->data().read();
    float* y = top[0]->data().write();
    parallel_for(outer_, grain_of(inner_ * tiles_), [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) {
        for (int64_t tile = 0; tile < tiles_; ++tile) {
          std::copy_n(x + n * inner_, inner_, y + (n * tiles_ + tile) * inner_);
        }
      }
    });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const float* dy = top[0]->diff().read();
    float* dx = bottom[0]->diff().write();
    parallel_for(outer_, grain_of(inner_ * tiles_), [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) {
        float* sum = dx + n * inner_;
        std::copy_n(dy + n * tiles_ * inner_, inner_, sum);
        for (int64_t tile = 1; tile < tiles_; ++tile) {
          const float* from = dy + (n * tiles_ + tile) * inner_;
          for (int64_t i = 0; i < inner_; ++i) sum[i] += from[i];
        }
      }
    });
  }

 private:
  int64_t tiles_ = 1, outer_ = 0, inner_ = 0;
};

const LayerRegistration<TileLayer> registration("Tile");

}  // namespace
}  // namespace caffe
