// Axpy: y = a x + z, with a factor a of each channel of each image's own (squeeze and excitation).
//
// Bottoms: a (N x C, or N x C x 1 x 1), x (N x C x any axes), z (x's shape). Top: x's shape; not in
// place.
//   Hu, Shen, Sun: "Squeeze-and-excitation networks", CVPR 2018
//
// Fork: hujie-frank/SENet.
//
//   layer { name: "axpy" type: "Axpy" bottom: "a" bottom: "x" bottom: "z" top: "axpy" }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class AxpyLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(3, 1); }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape &a = bottom[0]->shape(), &x = bottom[1]->shape();
    if (a.axes() < 2 || x.axes() < 2 || a[0] != x[0] || a[1] != x[1] ||
        a.count() != x.count(0, 2)) {
      fail(Status::kShape, bottom_name(0), " of shape ", a,
           " must have one value for each channel of each image of ", bottom_name(1), " of shape ",
           x);
    }
    if (!(bottom[2]->shape() == x)) {
      fail(Status::kShape, bottom_name(2), " has shape ", bottom[2]->shape(), ", but ",
           bottom_name(1), " has ", x);
    }
    view_ = {1, a.count(), x.count(2)};
    top[0]->reshape(x);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().channel_blend(bottom[1]->data(), {{}, bottom[0]->data(), {}}, bottom[2]->data(), {},
                            view_, top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    const Tensor dy = top[0]->diff();
    if (propagate_down[0]) {
      kernels().channel_sums(dy, bottom[1]->data(), {}, view_, false, {}, bottom[0]->diff());
    }
    if (propagate_down[1]) {
      kernels().channel_map(dy, {{}, bottom[0]->data(), {}}, view_, bottom[1]->diff());
    }
    if (propagate_down[2]) kernels().copy(dy, bottom[2]->diff());
  }

 private:
  ChannelView view_;
};

const LayerRegistration<AxpyLayer> registration("Axpy");

}  // namespace
}  // namespace caffe
