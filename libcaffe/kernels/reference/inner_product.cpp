// y = x w' + b, dx = dy w, dw += dy' x, db += the column sums of dy; and the same with w
// transposed.
#include "kernels/kernels.hpp"

namespace caffe {

namespace {

class ReferenceInnerProduct final : public InnerProduct {
 public:
  ReferenceInnerProduct(Kernels& kernels, const InnerProductSpec& spec)
      : kernels_(kernels), spec_(spec) {}

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b, Tensor y) override {
    float* out = y.write();
    kernels_.gemm(false, !spec_.transposed, spec_.rows, spec_.outputs, spec_.inputs, 1, x.read(),
                  w.read(), 0, out);
    if (!b) return;
    const float* bias = b->read();
    for (int64_t row = 0; row < spec_.rows; ++row) {
      for (int64_t j = 0; j < spec_.outputs; ++j) out[row * spec_.outputs + j] += bias[j];
    }
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    kernels_.gemm(false, spec_.transposed, spec_.rows, spec_.inputs, spec_.outputs, 1, dy.read(),
                  w.read(), 0, dx.write());
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    const float* gradient = dy.read();
    if (dw && spec_.transposed) {
      kernels_.gemm(true, false, spec_.inputs, spec_.outputs, spec_.rows, 1, x.read(), gradient, 1,
                    dw->update());
    } else if (dw) {
      kernels_.gemm(true, false, spec_.outputs, spec_.inputs, spec_.rows, 1, gradient, x.read(), 1,
                    dw->update());
    }
    if (!db) return;
    float* sums = db->update();
    for (int64_t j = 0; j < spec_.outputs; ++j) {
      double sum = 0;
      for (int64_t row = 0; row < spec_.rows; ++row) sum += gradient[row * spec_.outputs + j];
      sums[j] += static_cast<float>(sum);
    }
  }

  std::string implementation() const override { return "reference"; }

 private:
  Kernels& kernels_;
  const InnerProductSpec spec_;
};

}  // namespace

std::unique_ptr<InnerProduct> Kernels::inner_product(const InnerProductSpec& spec) {
  return std::make_unique<ReferenceInnerProduct>(*this, spec);
}

}  // namespace caffe
