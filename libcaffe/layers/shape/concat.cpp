// Concat: the bottoms one behind the other along an axis.
//
//   axis        1
//   concat_dim  older name of axis
//
// Bottoms: shapes that agree but for that axis. With a single bottom the top shares its memory,
// unless a layer works on it in place.
//
//   layer { name: "join" type: "Concat" bottom: "a" bottom: "b" top: "ab"
//           concat_param { axis: 1 } }
#include "layers/base/axis_parts.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/base/traits.hpp"
#include "layers/base/view.hpp"

namespace caffe {
namespace {

class ConcatLayer final : public Layer, public JoinRole {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return {1, Arity::kAny, 1, 1, false}; }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    read_axis(bottom);
    std::vector<int64_t> dims = bottom[0]->shape().dims();
    extents_ = {bottom[0]->shape()[axis_]};
    for (size_t i = 1; i < bottom.size(); ++i) {
      check(bottom, i);
      extents_.push_back(bottom[i]->shape()[axis_]);
      dims[static_cast<size_t>(axis_)] += extents_.back();
    }
    top[0]->reshape(Shape(dims));
    shared_ = bottom.size() == 1 && !top_changes(0);
    if (shared_) share_values(*bottom[0], *top[0]);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (shared_) return;
    std::vector<ConstTensor> parts;
    for (const Blob* each : bottom) parts.push_back(each->data());
    join_parts(kernels(), parts, axis_, top[0]->data());
  }

  bool joins_channels() const override { return axis_ == 1 && !shared_; }

  int64_t flops(const BlobPointers&, const BlobPointers&) const override { return 0; }  // copies

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (shared_) return;
    std::vector<std::optional<Tensor>> parts(bottom.size());
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (propagate_down[i]) parts[i] = bottom[i]->diff();
    }
    split_parts(kernels(), top[0]->diff(), axis_, extents_, parts);
  }

 private:
  void read_axis(const BlobPointers& bottom) {
    const ConcatParameter& wanted = *param().concat_param;
    if (wanted.has_axis() && wanted.has_concat_dim()) {
      fail(Status::kInvalidArgument,
           "concat_param gives both axis and concat_dim, its older name; one of them is wanted");
    }
    axis_ = wanted.has_concat_dim() ? bottom_axis(bottom, 0, static_cast<int>(wanted.concat_dim),
                                                  "concat_param.concat_dim")
                                    : bottom_axis(bottom, 0, wanted.axis, "concat_param.axis");
  }

  void check(const BlobPointers& bottom, size_t i) const {
    const Shape& first = bottom[0]->shape();
    const Shape& shape = bottom[i]->shape();
    bool fits = shape.axes() == first.axes();
    for (int axis = 0; fits && axis < shape.axes(); ++axis) {
      fits = axis == axis_ || shape[axis] == first[axis];
    }
    if (!fits) {
      fail(Status::kShape, bottom_name(i), " of shape ", shape, " does not fit ", bottom_name(0),
           " of shape ", first, "; they may differ along axis ", axis_, " only");
    }
  }

  int axis_ = 1;
  bool shared_ = false;
  std::vector<int64_t> extents_;
};

const LayerRegistration<ConcatLayer> registration("Concat");

}  // namespace
}  // namespace caffe
