// Permute: puts the axes in another order: the top's axis i is the bottom's axis order[i].
//
//   order  which axes come first, each at most once; those that are not named follow in their own
//          order
//
// Bottom: any shape; top: its extents in the new order. Not in place. The order 0 2 3 1 of images
// is the channels-last layout that the CPU kernels work in: then nothing moves.
//
// Fork: weiliu89/caffe (ssd).
//
//   layer { name: "conv4_3_norm_mbox_loc_perm" type: "Permute" bottom: "conv4_3_norm_mbox_loc"
//           top: "conv4_3_norm_mbox_loc_perm"
//           permute_param { order: 0 order: 2 order: 3 order: 1 } }
#include <algorithm>

#include "core/threads.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class PermuteLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const Shape& shape = bottom[0]->shape();
    order_.clear();
    std::vector<bool> named(static_cast<size_t>(shape.axes()));
    for (const uint32_t axis : param().permute_param->order) {
      if (axis >= named.size()) {
        fail(Status::kShape, "permute_param.order: ", axis, " is no axis of ", bottom_name(0),
             " of shape ", shape);
      }
      if (named[axis]) {
        fail(Status::kInvalidArgument, "permute_param.order names axis ", axis, " twice");
      }
      named[axis] = true;
      order_.push_back(axis);
    }
    for (size_t axis = 0; axis < named.size(); ++axis) {
      if (!named[axis]) order_.push_back(axis);
    }
    std::vector<int64_t> dims;
    for (const size_t axis : order_) dims.push_back(shape.dims()[axis]);
    top[0]->reshape(Shape(dims));
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    float* y = top[0]->data().write();
    if (channels_last()) {
      copy(bottom[0]->data().read(Place::kHostNhwc), top[0]->count(), y);
      return;
    }
    const Walk walk = walk_of(bottom[0]->shape());
    const float* x = bottom[0]->data().read();
    walk.each_row([&](int64_t from, int64_t to) {
      if (walk.stride == 1) {
        std::copy_n(x + from, walk.length, y + to);
      } else {
        for (int64_t i = 0; i < walk.length; ++i) y[to + i] = x[from + i * walk.stride];
      }
    });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    const float* dy = top[0]->diff().read();
    if (channels_last()) {
      copy(dy, top[0]->count(), bottom[0]->diff().write(Place::kHostNhwc));
      return;
    }
    const Walk walk = walk_of(bottom[0]->shape());
    float* dx = bottom[0]->diff().write();
    walk.each_row([&](int64_t from, int64_t to) {
      if (walk.stride == 1) {
        std::copy_n(dy + to, walk.length, dx + from);
      } else {
        for (int64_t i = 0; i < walk.length; ++i) dx[from + i * walk.stride] = dy[to + i];
      }
    });
  }

 private:
  // The top's rows, one after the other, and where their values lie in the bottom.
  struct Walk {
    std::vector<int64_t> extents, strides;  // of the top's axes but the rows'
    int64_t rows = 1, length = 1, stride = 1;

    template <class Body>
    void each_row(const Body& body) const {
      parallel_for(rows, grain_of(length), [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
          int64_t from = 0, rest = row;
          for (size_t axis = extents.size(); axis-- > 0;) {
            from += rest % extents[axis] * strides[axis];
            rest /= extents[axis];
          }
          body(from, row * length);
        }
      });
    }
  };

  Walk walk_of(const Shape& shape) const {
    // Neighbouring axes that stay neighbours are one.
    Walk walk;
    for (const size_t axis : order_) {
      const int64_t extent = shape.dims()[axis];
      const int64_t stride = shape.count(static_cast<int>(axis) + 1);
      if (!walk.strides.empty() && walk.strides.back() == extent * stride) {
        walk.extents.back() *= extent;
        walk.strides.back() = stride;
      } else {
        walk.extents.push_back(extent);
        walk.strides.push_back(stride);
      }
    }
    if (walk.extents.empty()) return walk;
    walk.length = walk.extents.back();
    walk.stride = walk.strides.back();
    walk.extents.pop_back();
    walk.strides.pop_back();
    for (const int64_t extent : walk.extents) walk.rows *= extent;
    return walk;
  }

  static void copy(const float* from, int64_t count, float* to) {
    parallel_for(count, 32 * 1024, [=](int64_t begin, int64_t end) {
      std::copy_n(from + begin, end - begin, to + begin);
    });
  }

  bool channels_last() const { return order_ == std::vector<size_t>{0, 2, 3, 1}; }

  std::vector<size_t> order_;
};

const LayerRegistration<PermuteLayer> registration("Permute");

}  // namespace
}  // namespace caffe
