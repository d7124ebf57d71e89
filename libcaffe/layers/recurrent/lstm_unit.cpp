// LSTMUnit: one step of long short-term memory without its weights (Hochreiter and Schmidhuber,
// "Long Short-Term Memory", 1997). The second bottom holds the sums of the gates i, f, o and g:
//
//   c' = cont sigmoid(f) c + sigmoid(i) tanh(g)
//   h' = sigmoid(o) tanh(c')
//
// It has no parameters. Bottoms: c (1 x N x D), the sums (1 x N x 4 D), cont (1 x N; 0 begins a new
// sequence). Tops: c' and h', 1 x N x D. cont has no gradient; for fractional cont the forget
// gate's slope is taken at cont f. Not in place.
//
//   layer { name: "unit" type: "LSTMUnit" bottom: "c0" bottom: "gates" bottom: "cont"
//           top: "c1" top: "h1" }
#include "core/checked.hpp"

#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class LstmUnitLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(3, 2); }
  bool allow_force_backward(int bottom) const override { return bottom != 2; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& cells = bottom[0]->shape();
    if (cells.axes() != 3 || cells[0] != 1) {
      fail(Status::kShape, bottom_name(0), " has shape ", cells,
           ", expected 1 x sequences x cells");
    }
    check(bottom, 1, {1, cells[1], checked_mul(4, cells[2])});
    check(bottom, 2, {1, cells[1]});
    items_ = cells[1];
    outputs_ = cells[2];
    for (Blob* blob : top) blob->reshape(cells);
    gates_.reshape(bottom[1]->shape());
    cells_.reshape(cells);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().copy(bottom[1]->data(), gates_.data());
    kernels().lstm_step({items_,
                         outputs_,
                         {bottom[2]->data()},
                         {bottom[0]->data()},
                         {gates_.data()},
                         {cells_.data()},
                         {top[1]->data()}});
    kernels().copy(cells_.data(), top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[2]) {
      fail(Status::kInvalidArgument, "has no gradient for ", bottom_name(2),
           ", the continuation indicators; put `propagate_down: false` for it");
    }
    const Tensor before = propagate_down[0] ? bottom[0]->diff() : cells_.diff();
    const Tensor sums = propagate_down[1] ? bottom[1]->diff() : gates_.diff();
    kernels().lstm_step_backward({items_,
                                  outputs_,
                                  {gates_.data()},
                                  {bottom[0]->data()},
                                  {cells_.data()},
                                  {top[1]->diff()},
                                  {top[0]->diff()},
                                  {sums},
                                  {before}});
  }

 private:
  void check(const BlobPointers& bottom, size_t i, const Shape& expected) const {
    if (bottom[i]->shape() == expected) return;
    fail(Status::kShape, bottom_name(i), " has shape ", bottom[i]->shape(), ", expected ",
         expected);
  }

  int64_t items_ = 0, outputs_ = 0;
  Blob gates_, cells_;  // i, f, o and g, and c', which others may change in place
};

const LayerRegistration<LstmUnitLayer> registration("LSTMUnit");

}  // namespace
}  // namespace caffe
