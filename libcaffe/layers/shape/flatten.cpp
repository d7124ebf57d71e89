// Flatten: takes the axes from `axis` to `end_axis` together as one.
//
//   axis      1
//   end_axis  -1
//
// Bottom: any shape; top: the same values, N x (C * H * W) by default. They share memory, unless a
// layer works on the top in place. Not in place.
//
//   layer { name: "flat" type: "Flatten" bottom: "pool5" top: "flat" flatten_param { axis: 1 } }
#include "layers/base/registry.hpp"
#include "layers/base/view.hpp"

namespace caffe {
namespace {

class FlattenLayer final : public ViewLayer {
 public:
  using ViewLayer::ViewLayer;

 protected:
  Shape view_of(const BlobPointers& bottom) const override {
    const FlattenParameter& wanted = *param().flatten_param;
    const int first = bottom_axis(bottom, 0, wanted.axis, "flatten_param.axis");
    const int last = bottom_axis(bottom, 0, wanted.end_axis, "flatten_param.end_axis");
    if (first > last) {
      fail(Status::kInvalidArgument, "flatten_param.axis: ", wanted.axis,
           " must not lie behind end_axis: ", wanted.end_axis, " in ", bottom_name(0), " of shape ",
           bottom[0]->shape());
    }
    const std::vector<int64_t>& from = bottom[0]->shape().dims();
    std::vector<int64_t> dims(from.begin(), from.begin() + first);
    dims.push_back(bottom[0]->shape().count(first, last + 1));
    dims.insert(dims.end(), from.begin() + last + 1, from.end());
    return Shape(dims);
  }
};

const LayerRegistration<FlattenLayer> registration("Flatten");

}  // namespace
}  // namespace caffe
