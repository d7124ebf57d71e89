// Slice: cuts the bottom into tops along an axis.
//
//   axis         1
//   slice_dim    older name of axis
//   slice_point  where the second top begins, the third, ...; without any the tops are equally long
//
// With a single top it shares the bottom's memory.
//
//   layer { name: "cut" type: "Slice" bottom: "ab" top: "a" top: "b"
//           slice_param { slice_point: 3 } }
#include "layers/base/axis_parts.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/view.hpp"

namespace caffe {
namespace {

class SliceLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, 1, 1, Arity::kAny, false}; }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    read_axis(bottom);
    read_extents(bottom[0]->shape(), top.size());
    std::vector<int64_t> dims = bottom[0]->shape().dims();
    for (size_t i = 0; i < top.size(); ++i) {
      dims[static_cast<size_t>(axis_)] = extents_[i];
      top[i]->reshape(Shape(dims));
    }
    shared_ = top.size() == 1 && !top_changes(0);
    if (shared_) share_values(*bottom[0], *top[0]);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (shared_) return;
    std::vector<std::optional<Tensor>> parts;
    for (Blob* each : top) parts.push_back(each->data());
    split_parts(kernels(), bottom[0]->data(), axis_, extents_, parts);
  }

  int64_t flops(const BlobPointers&, const BlobPointers&) const override { return 0; }  // copies

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (shared_ || !propagate_down[0]) return;
    std::vector<ConstTensor> parts;
    for (const Blob* each : top) parts.push_back(each->diff());
    join_parts(kernels(), parts, axis_, bottom[0]->diff());
  }

 private:
  void read_axis(const BlobPointers& bottom) {
    const SliceParameter& wanted = *param().slice_param;
    if (wanted.has_axis() && wanted.has_slice_dim()) {
      fail(Status::kInvalidArgument,
           "slice_param gives both axis and slice_dim, its older name; one of them is wanted");
    }
    axis_ = wanted.has_slice_dim() ? bottom_axis(bottom, 0, static_cast<int>(wanted.slice_dim),
                                                 "slice_param.slice_dim")
                                   : bottom_axis(bottom, 0, wanted.axis, "slice_param.axis");
  }

  void read_extents(const Shape& shape, size_t tops) {
    const int64_t whole = shape[axis_];
    const auto& points = param().slice_param->slice_point;
    const int64_t count = static_cast<int64_t>(tops);
    if (points.empty()) {
      if (whole % count != 0) {
        fail(Status::kShape, bottom_name(0), " of shape ", shape, " cannot be cut into ", tops,
             " equal parts along axis ", axis_, "; slice_point says where to cut");
      }
      extents_.assign(tops, whole / count);
      return;
    }
    if (points.size() != tops - 1) {
      fail(Status::kInvalidArgument, "slice_param.slice_point is given ", points.size(),
           " times; for ", tops, " tops it is wanted ", tops - 1, " times");
    }
    extents_.clear();
    int64_t begin = 0;
    for (size_t i = 0; i < tops; ++i) {
      const int64_t end = i < points.size() ? points[i] : whole;
      if (end <= begin || end > whole) {
        fail(Status::kInvalidArgument, "slice_param.slice_point must rise from 1 to at most ",
             whole - 1, " (", bottom_name(0), " of shape ", shape, ", axis ", axis_, "); ", end,
             " follows ", begin);
      }
      extents_.push_back(end - begin);
      begin = end;
    }
  }

  int axis_ = 1;
  bool shared_ = false;
  std::vector<int64_t> extents_;
};

const LayerRegistration<SliceLayer> registration("Slice");

}  // namespace
}  // namespace caffe
