// Reshape: the same values under another shape.
//
//   shape     the new extents; 0 keeps the bottom's extent at that place, one -1 is what is left
//   axis      0: the first axis that `shape` replaces; -1: behind the last one
//   num_axes  -1: how many axes it replaces, -1 means all from `axis` on
//
// Bottom: any shape; top: the axes before, `shape`, the axes behind; they share memory,
// unless a layer works on the top in place. Not in place.
//
//   layer { name: "rows" type: "Reshape" bottom: "x" top: "rows"
//           reshape_param { shape { dim: 0 dim: -1 } } }
#include "layers/base/registry.hpp"
#include "layers/base/view.hpp"

namespace caffe {
namespace {

class ReshapeLayer final : public ViewLayer {
 public:
  using ViewLayer::ViewLayer;

 protected:
  Shape view_of(const BlobPointers& bottom) const override {
    const Shape& from = bottom[0]->shape();
    const ReshapeParameter& wanted = *param().reshape_param;
    const int axes = from.axes();
    const int first = wanted.axis >= 0 ? wanted.axis : axes + wanted.axis + 1;
    if (first < 0 || first > axes) {
      fail(Status::kShape, "reshape_param.axis: ", wanted.axis, " does not fit ", bottom_name(0),
           " of shape ", from);
    }
    if (wanted.num_axes < -1 || (wanted.num_axes > axes - first)) {
      fail(Status::kShape, "reshape_param.num_axes: ", wanted.num_axes, " from axis ", first,
           " on does not fit ", bottom_name(0), " of shape ", from);
    }
    const int last = wanted.num_axes == -1 ? axes : first + wanted.num_axes;

    std::vector<int64_t> dims(from.dims().begin(), from.dims().begin() + first);
    int64_t rest = -1;  // the place of the -1
    for (int64_t extent : wanted.shape->dim) {
      const int64_t place = static_cast<int64_t>(dims.size());
      if (extent == -1 && rest >= 0) {
        fail(Status::kInvalidArgument, "reshape_param.shape has more than one -1");
      }
      if (extent < -1) {
        fail(Status::kInvalidArgument, "reshape_param.shape: ", extent,
             " is no extent; 0 keeps one, -1 is whatever is left");
      }
      if (extent == 0 && place >= axes) {
        fail(Status::kShape, "reshape_param.shape has a 0 at axis ", place, ", but ",
             bottom_name(0), " of shape ", from, " has no such axis to keep");
      }
      if (extent == -1) rest = place;
      dims.push_back(extent == 0 ? from[static_cast<int>(place)] : extent == -1 ? 1 : extent);
    }
    dims.insert(dims.end(), from.dims().begin() + last, from.dims().end());

    const Shape known(dims);
    if (rest >= 0 && known.count() > 0 && from.count() % known.count() == 0) {
      dims[static_cast<size_t>(rest)] = from.count() / known.count();
    }
    const Shape shape(dims);
    if (shape.count() != from.count()) {
      fail(Status::kShape, bottom_name(0), " of shape ", from, " cannot become ", shape,
           rest >= 0 ? ", whatever its -1 is" : "");
    }
    return shape;
  }
};

const LayerRegistration<ReshapeLayer> registration("Reshape");

}  // namespace
}  // namespace caffe
