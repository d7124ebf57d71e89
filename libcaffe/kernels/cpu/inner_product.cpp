// Inner product. Few rows are bound by the time it takes to read the weights: they are multiplied
// with them as they lie, or with a copy as bf16 of half the size. A matrix product whose second
// matrix is transposed is slow as such, so more rows go through our own tiles, or oneDNN's
// primitive on packed weights. The rest are matrix products.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/threads.hpp"
#include "core/transpose.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/onednn/packed_product.hpp"
#include "kernels/cpu/product/tiled_product.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

constexpr const char* kWhat = "inner product";

// Up to so many rows it is faster to multiply rows as they lie than anything that needs weights or
// rows in another order: with AVX-512 until tiles can be filled, else until arithmetic takes longer
// than reading the weights.
int64_t most_rows() {
  return simd().multiply_tile != nullptr ? 31 : 4;
}

// Packing costs about as much as a product with a few rows; in training it happens at every pass.
bool worth_packing(const InnerProductSpec& spec) {
  if (!onednn::fits({spec.rows, spec.inputs, spec.outputs, spec.inputs * spec.outputs})) {
    return false;
  }
  return spec.rows >= (spec.training ? 16 : 2);
}

// Calls body(first, outputs) for parts of all outputs on several threads.
template <class Body>
void for_outputs(const InnerProductSpec& spec, const Body& body) {
  constexpr int64_t kPart = 8;  // as many rows of weights are read side by side
  const int64_t parts = (spec.outputs + kPart - 1) / kPart;
  parallel_for(parts, grain_of(spec.inputs * kPart), [&](int64_t begin, int64_t end) {
    body(begin * kPart, std::min(end * kPart, spec.outputs) - begin * kPart);
  });
}

// The weights as bf16, outputs x inputs, made anew when they change.
class Bf16Weights {
 public:
  const uint16_t* get(const InnerProductSpec& spec, ConstTensor w) {
    if (version_ == w.version()) return values_.get();
    const float* from = w.read();
    if (values_ == nullptr) {
      values_.reset(new uint16_t[static_cast<size_t>(spec.inputs * spec.outputs)]);
    }
    for_outputs(spec, [&](int64_t first, int64_t outputs) {
      uint16_t* to = values_.get() + first * spec.inputs;
      if (!spec.transposed) {
        return simd().row_products.to_bf16(from + first * spec.inputs, to, outputs * spec.inputs);
      }
      std::vector<float> row(static_cast<size_t>(spec.inputs));
      for (int64_t output = 0; output < outputs; ++output) {
        transpose(from + first + output, spec.outputs, spec.inputs, 1, row.data(), spec.inputs);
        simd().row_products.to_bf16(row.data(), to + output * spec.inputs, spec.inputs);
      }
    });
    version_ = w.version();
    return values_.get();
  }

 private:
  std::unique_ptr<uint16_t[]> values_;
  uint64_t version_ = 0;
};

class CpuInnerProduct final : public InnerProduct {
 public:
  CpuInnerProduct(Kernels& kernels, const InnerProductSpec& spec)
      : kernels_(kernels), spec_(spec), way_(chosen_way(spec)) {
    if (way_ == kPacked) packed_.emplace(spec);
  }

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b, Tensor y) override {
    const float* bias = spec_.bias ? b->read() : nullptr;
    const float* in = x.read();
    float* out = y.write();
    if (way_ == kBf16) {
      return multiply_rows(simd().row_products.multiply_bf16, in, bf16_.get(spec_, w), bias, out);
    }
    if (way_ == kRows) return multiply_rows(simd().row_products.multiply, in, w.read(), bias, out);
    if (way_ == kPacked) {
      const float* weights = w.read();
      onednn::guarded(kWhat, [&] { packed_->run(in, weights, w.version(), bias, out); });
      return;
    }
    if (way_ == kTiled) {
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
    if (through_weights()) return data_of_few(dy.read(), w.read(), dx.write());
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
      if (through_weights()) {
        weights_of_few(in, gradient, beta != 0, out);
      } else {
        kernels_.gemm(true, false, m, n, spec_.rows, 1, spec_.transposed ? in : gradient,
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
    if (way_ == kBf16) return std::string("own rows bf16 ") + simd().name;
    if (way_ == kRows) return std::string("own rows ") + simd().name;
    if (way_ == kTiled) return "own tiles avx512";
    return "oneDNN " + (packed_ ? packed_->implementation() : "gemm");
  }

 private:
  // How forward goes: see above.
  enum Way { kBf16, kRows, kTiled, kPacked, kGemm };

  static Way chosen_way(const InnerProductSpec& spec) {
    if (spec.bf16_weights && !spec.training) return kBf16;
    if (!spec.transposed && spec.rows <= most_rows()) return kRows;
    if (!spec.transposed && tiled_product_suits(spec.rows)) return kTiled;
    return worth_packing(spec) ? kPacked : kGemm;
  }

  // `multiply` is one of the row products.
  template <class Weight, class Multiply>
  void multiply_rows(Multiply multiply, const float* x, const Weight* w, const float* bias,
                     float* y) const {
    // A part of all rows of x that stays in a core's second cache.
    const int64_t most = std::max<int64_t>(1024, 160 * 1024 / spec_.rows);
    const int64_t parts = (spec_.inputs + most - 1) / most;
    const int64_t part = ((spec_.inputs + parts - 1) / parts + 63) / 64 * 64;
    for_outputs(spec_, [&](int64_t first, int64_t outputs) {
      for (int64_t at = 0; at < spec_.inputs; at += part) {
        multiply(spec_.rows, outputs, std::min(part, spec_.inputs - at), {x + at, spec_.inputs},
                 {w + first * spec_.inputs + at, spec_.inputs},
                 {at > 0, bias == nullptr ? nullptr : bias + first}, y + first, spec_.outputs);
      }
    });
  }

  // Whether a gradient is best computed in one pass through the weights as they lie.
  bool through_weights() const {
    constexpr int64_t kMostRows = 48, kLeastWeights = 1 << 16;
    return !spec_.transposed && spec_.rows <= kMostRows && spec_.inputs % FewRows::kInputs == 0 &&
           spec_.inputs * spec_.outputs >= kLeastWeights;
  }

  FewRows few() const { return {spec_.rows, spec_.inputs, spec_.outputs}; }

  void data_of_few(const float* dy, const float* w, float* dx) {
    constexpr int64_t kPart = FewRows::kInputs;
    scratch_.resize(static_cast<size_t>(spec_.rows * spec_.outputs));
    transpose(dy, spec_.outputs, spec_.rows, spec_.outputs, scratch_.data(), spec_.rows);
    parallel_for(spec_.inputs / kPart, grain_of(kPart * spec_.outputs),
                 [&](int64_t begin, int64_t end) {
                   simd().weight_products.backward_data(few(), scratch_.data(), w, begin * kPart,
                                                        end * kPart, dx);
                 });
  }

  void weights_of_few(const float* x, const float* dy, bool add, float* dw) const {
    for_outputs(spec_, [&](int64_t first, int64_t outputs) {
      simd().weight_products.backward_weights(few(), x, dy, first, first + outputs, add, dw);
    });
  }

  Kernels& kernels_;
  const InnerProductSpec spec_;
  const Way way_;
  Bf16Weights bf16_;
  std::vector<float> scratch_;
  std::optional<onednn::PackedProduct> packed_;
};

}  // namespace

std::unique_ptr<InnerProduct> CpuKernels::inner_product(const InnerProductSpec& spec) {
  if (spec.rows == 0 || spec.inputs == 0 || spec.outputs == 0) {
    return Kernels::inner_product(spec);
  }
  return onednn::guarded(kWhat, [&]() -> std::unique_ptr<InnerProduct> {
    return std::make_unique<CpuInnerProduct>(*this, spec);
  });
}

}  // namespace caffe
