// Inner product. A matrix product whose second matrix is transposed is slow as such, so forward
// runs our own tiles, or oneDNN's primitive on packed weights, where there are enough rows. The
// rest are matrix products.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/threads.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/loops.hpp"
#include "kernels/cpu/packed_product.hpp"
#include "kernels/cpu/tiled_product.hpp"

namespace caffe {

namespace {

constexpr const char* kWhat = "inner product";

// Packing costs about as much as a product with a few rows; in training it happens at every pass.
bool worth_packing(const InnerProductSpec& spec) {
  return spec.rows >= (spec.training ? 16 : 2);
}

class CpuInnerProduct final : public InnerProduct {
 public:
  CpuInnerProduct(Kernels& kernels, const InnerProductSpec& spec)
      : kernels_(kernels), spec_(spec), tiled_(!spec.transposed && tiled_product_suits(spec.rows)) {
    if (!tiled_ && worth_packing(spec)) packed_.emplace(spec);
  }

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b, Tensor y) override {
    const float* bias = spec_.bias ? b->read() : nullptr;
    const float* in = x.read();
    float* out = y.write();
    if (packed_) {
      const float* weights = w.read();
      onednn::guarded(kWhat, [&] { packed_->run(in, weights, w.version(), bias, out); });
      return;
    }
    if (tiled_) {
      tiled_product(spec_.rows, spec_.inputs, spec_.outputs, in, w.read(), bias, out, scratch_);
      return;
    }
    if (spec_.bias) {
      for (int64_t row = 0; row < spec_.rows; ++row) {
        std::copy(bias, bias + spec_.outputs, out + row * spec_.outputs);
      }
    }
    kernels_.gemm(false, !spec_.transposed, spec_.rows, spec_.outputs, spec_.inputs, 1, in,
                  w.read(), spec_.bias ? 1.0f : 0.0f, out);
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    kernels_.gemm(false, spec_.transposed, spec_.rows, spec_.inputs, spec_.outputs, 1, dy.read(),
                  w.read(), 0, dx.write());
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    const float* gradient = dy.read();
    if (dw) {
      const float* in = x.read();
      const float beta = dw->empty() ? 0 : 1;
      float* out = dw->empty() ? dw->write() : dw->update();
      const int64_t m = spec_.transposed ? spec_.inputs : spec_.outputs;
      const int64_t n = spec_.transposed ? spec_.outputs : spec_.inputs;
      kernels_.gemm(true, false, m, n, spec_.rows, 1, spec_.transposed ? in : gradient,
                    spec_.transposed ? gradient : in, beta, out);
    }
    if (db) {
      float* sums = db->update();
      parallel_for(spec_.outputs, grain_of(spec_.rows), [&](int64_t begin, int64_t end) {
        loops().add_column_sums(gradient + begin, spec_.rows, spec_.outputs, end - begin,
                                sums + begin);
      });
    }
  }

  std::string implementation() const override {
    if (tiled_) return "own tiles avx512";
    return "oneDNN " + (packed_ ? packed_->implementation() : "gemm");
  }

 private:
  Kernels& kernels_;
  const InnerProductSpec spec_;
  const bool tiled_;
  std::vector<float> scratch_;
  std::optional<onednn::PackedProduct> packed_;
};

}  // namespace

std::unique_ptr<InnerProduct> CpuKernels::inner_product(const InnerProductSpec& spec) {
  if (spec.rows == 0 || spec.inputs == 0 || spec.outputs == 0) {
    return ReferenceKernels::inner_product(spec);
  }
  return onednn::guarded(kWhat, [&]() -> std::unique_ptr<InnerProduct> {
    return std::make_unique<CpuInnerProduct>(*this, spec);
  });
}

}  // namespace caffe
