// Inner product. Few rows are bound by the time it takes to read the weights: they are multiplied
// with them as they lie, or with their replica as bf16 of half the size. A matrix product whose
// second matrix is transposed is slow as such, so more rows go through our own tiles, or oneDNN's
// primitive on packed weights. The rest are matrix products.
#include <algorithm>
#include <memory>
#include <vector>

#include "core/threads.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/onednn/onednn.hpp"
#include "kernels/cpu/product/few_rows.hpp"
#include "kernels/cpu/product/row_product.hpp"
#include "kernels/cpu/product/tiled_product.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

// Up to so many rows it is faster to multiply rows as they lie than anything that needs weights or
// rows in another order: with AVX-512 until tiles can be filled, else until arithmetic takes longer
// than reading the weights.
int64_t most_rows() {
  return simd().multiply_tile != nullptr ? 31 : 4;
}

// Packing costs about as much as a product with a few rows; in training it happens at every pass.
bool worth_packing(const InnerProductSpec& spec) {
  return spec.rows >= (spec.training ? 16 : 2);
}

class CpuInnerProduct final : public InnerProduct {
 public:
  explicit CpuInnerProduct(const InnerProductSpec& spec) : spec_(spec), strategy_(chosen(spec)) {
    if (strategy_ != kPacked) return;
    packed_ = onednn::packed_product(spec);
    if (packed_ == nullptr) strategy_ = kGemm;
  }

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b, Tensor y) override {
    const float* bias = spec_.bias ? b->read() : nullptr;
    const float* in = x.read();
    float* out = y.write();
    switch (strategy_) {
      case kBf16:
        return row_product(spec_, in, bf16_of(w), bias, out);
      case kRows:
        return row_product(spec_, in, w.read(), bias, out);
      case kTiled:
        return tiled_product(spec_.rows, spec_.inputs, spec_.outputs, in, w.read(), bias, out,
                             scratch_);
      case kPacked: {
        const float* weights = w.read();
        return packed_->run(in, weights, w.version(), bias, out);
      }
      case kGemm:
        break;
    }
    if (spec_.bias) {
      for (int64_t row = 0; row < spec_.rows; ++row) {
        std::copy(bias, bias + spec_.outputs, out + row * spec_.outputs);
      }
    }
    cpu_gemm(false, !spec_.transposed, spec_.rows, spec_.outputs, spec_.inputs, 1, in, w.read(),
             spec_.bias ? 1.0f : 0.0f, out);
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    if (few_rows_suit(spec_)) {
      return few_rows_backward_data(spec_, dy.read(), w.read(), dx.write(), scratch_);
    }
    cpu_gemm(false, spec_.transposed, spec_.rows, spec_.inputs, spec_.outputs, 1, dy.read(),
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
      if (few_rows_suit(spec_)) {
        few_rows_backward_weights(spec_, in, gradient, beta != 0, out);
      } else {
        cpu_gemm(true, false, m, n, spec_.rows, 1, spec_.transposed ? in : gradient,
                 spec_.transposed ? gradient : in, beta, out);
      }
    }
    if (db) {
      float* sums = db->update();
      parallel_for(spec_.outputs, grain_of(spec_.rows), [&](int64_t begin, int64_t end) {
        simd().loops.add_column_sums(gradient + begin, spec_.rows, spec_.outputs, end - begin,
                                     sums + begin);
      });
    }
  }

  std::string implementation() const override {
    if (strategy_ == kBf16) return std::string("own rows bf16 ") + simd().name;
    if (strategy_ == kRows) return std::string("own rows ") + simd().name;
    if (strategy_ == kTiled) return std::string("own tiles ") + simd().name;
    if (packed_ != nullptr) return "oneDNN " + packed_->implementation();
    return std::string(onednn::present() ? "oneDNN" : "own") + " gemm";
  }

 private:
  // How forward goes: see above.
  enum Strategy { kBf16, kRows, kTiled, kPacked, kGemm };

  // The replica of the weights in half the bytes.
  static const uint16_t* bf16_of(ConstTensor w) {
    return static_cast<const uint16_t*>(w.read(Place::kHost.in(Encoding::kBf16), nullptr));
  }

  static Strategy chosen(const InnerProductSpec& spec) {
    if (spec.bf16_weights && !spec.training && !spec.transposed) return kBf16;
    if (!spec.transposed && spec.rows <= most_rows()) return kRows;
    if (!spec.transposed && tiled_product_suits(spec.rows)) return kTiled;
    return worth_packing(spec) ? kPacked : kGemm;
  }

  const InnerProductSpec spec_;
  Strategy strategy_;
  std::vector<float> scratch_;
  std::unique_ptr<onednn::PackedProduct> packed_;
};

}  // namespace

std::unique_ptr<InnerProduct> CpuKernels::inner_product(const InnerProductSpec& spec) {
  if (spec.rows == 0 || spec.inputs == 0 || spec.outputs == 0) {
    return Kernels::inner_product(spec);
  }
  return std::make_unique<CpuInnerProduct>(spec);
}

}  // namespace caffe
