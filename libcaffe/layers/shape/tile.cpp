// Tile: repeats a blob along an axis.
//
//   axis   1
//   tiles  required, at least 1: how many copies follow each other
//
// Bottom: any shape; top: the same, `tiles` times as long along `axis`. Not in place.
//
//   layer { name: "tile" type: "Tile" bottom: "x" top: "y" tile_param { axis: 1 tiles: 3 } }
#include "core/checked.hpp"
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
    Strides strides;
    strides.add(outer_, inner_, tiles_ * inner_);
    strides.add(tiles_, 0, inner_);
    strides.add(inner_, 1, 1);
    kernels().copy_strided(strides, Into::kWhole, bottom[0]->data(), top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    Strides strides;
    strides.add(outer_, tiles_ * inner_, inner_);
    strides.add(tiles_, inner_, 0);
    strides.add(inner_, 1, 1);
    kernels().sum_strided(strides, Into::kWhole, top[0]->diff(), bottom[0]->diff());
  }

 private:
  int64_t tiles_ = 1, outer_ = 0, inner_ = 0;
};

const LayerRegistration<TileLayer> registration("Tile");

}  // namespace
}  // namespace caffe
