// ParseOutput: the class of each pixel, y[n, 0, h, w] = the c with the greatest x[n, c, h, w].
//
// Bottom: scores, N x C x H x W. Tops: classes, N x 1 x H x W, the first of equals; optionally
// their scores, of the same shape. There is no gradient.
//
// Fork: weiliu89/caffe (fcn), for ParseNet.
//
//   layer { name: "pixelwise_class" type: "ParseOutput" bottom: "score" top: "class" }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class ParseOutputLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, 1, 1, 2, false}; }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() < 2 || shape[1] < 1) {
      fail(Status::kShape, bottom_name(0), " of shape ", shape, " must be N x C x H x W");
    }
    spec_ = {shape[0], shape[1], shape.count(2)};
    std::vector<int64_t> dims = shape.dims();
    dims[1] = 1;
    for (Blob* each : top) each->reshape(Shape(dims));
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    std::optional<Tensor> scores;
    if (top.size() > 1) scores = top[1]->data();
    kernels().greatest(bottom[0]->data(), spec_, 1, Ties::kFirst, top[0]->data(), scores);
  }

 private:
  SoftmaxSpec spec_;
};

const LayerRegistration<ParseOutputLayer> registration("ParseOutput");

}  // namespace
}  // namespace caffe
