// oneDNN's inner product on packed weights, the same for
// any number of threads: oneDNN splits sums as it has threads, so each of its calls gets one thread
// here, and some outputs whose number depends on shapes only.
#include <algorithm>
#include <vector>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/onednn/onednn.hpp"
#include "kernels/cpu/onednn/primitives.hpp"

namespace caffe::onednn {

namespace {

constexpr const char* kWhat = "inner product";
constexpr int64_t kMostCalls = 16;
constexpr int64_t kMultiple = 64;  // of outputs in a call: whole vectors

class PackedCalls final : public PackedProduct {
 public:
  explicit PackedCalls(const InnerProductSpec& spec);

  void run(const float* x, const float* w, uint64_t version, const float* bias, float* y) override;
  std::string implementation() const override { return calls_[0].desc.impl_info_str(); }

 private:
  // A call for some outputs.
  struct Call {
    Call(const InnerProductSpec& spec, int64_t first, int64_t outputs);
    void run(const float* x, const dnnl::memory& weights, const float* bias, float* y) const;

    int64_t first, outputs;
    dnnl::memory::desc bottom, plain_weights, bias, top;
    dnnl::inner_product_forward::primitive_desc desc;
    dnnl::inner_product_forward primitive;
  };

  void run_call(size_t index, const float* x, const float* bias, float* y);

  const InnerProductSpec spec_;
  std::vector<Call> calls_;
  std::vector<PackedWeights> packed_;
  std::vector<dnnl::memory> weights_;
  std::vector<float> tops_;  // each call's, one behind the other
};

PackedCalls::Call::Call(const InnerProductSpec& spec, int64_t first_output, int64_t count)
    : first(first_output), outputs(count) {
  const ThreadScope scope(1);
  bottom = plain({spec.rows, spec.inputs});
  top = plain({spec.rows, outputs});
  bias = plain({outputs});
  const dnnl::memory::dims shape{outputs, spec.inputs};
  plain_weights = plain(shape);
  if (spec.transposed) {
    plain_weights = dnnl::memory::desc(shape, dnnl::memory::data_type::f32,
                                       dnnl::memory::dims{1, spec.outputs});
  }
  desc = {engine(), dnnl::prop_kind::forward_inference, bottom, any(shape), top, attributes()};
  if (spec.bias) {
    desc = {engine(),    dnnl::prop_kind::forward_inference, bottom, any(shape), bias, top,
            attributes()};
  }
  primitive = dnnl::inner_product_forward(desc);
}

void PackedCalls::Call::run(const float* x, const dnnl::memory& weights, const float* b,
                            float* y) const {
  std::unordered_map<int, dnnl::memory> arguments{
      {DNNL_ARG_SRC, wrap(bottom, x)}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, wrap(top, y)}};
  if (b != nullptr) arguments.emplace(DNNL_ARG_BIAS, wrap(bias, b + first));
  execute(primitive, desc.scratchpad_desc(), std::move(arguments), 1);
}

PackedCalls::PackedCalls(const InnerProductSpec& spec) : spec_(spec) {
  const int64_t size = round_up(divide_up(spec.outputs, kMostCalls), kMultiple);
  for (int64_t first = 0; first < spec.outputs; first += size) {
    calls_.emplace_back(spec, first, std::min(size, spec.outputs - first));
  }
  packed_.resize(calls_.size());
  weights_.resize(calls_.size());
}

void PackedCalls::run_call(size_t index, const float* x, const float* bias, float* y) {
  const Call& call = calls_[index];
  if (calls_.size() == 1) {
    call.run(x, weights_[index], bias, y);
    return;
  }
  float* top = tops_.data() + spec_.rows * call.first;
  call.run(x, weights_[index], bias, top);
  for (int64_t row = 0; row < spec_.rows; ++row) {
    std::copy_n(top + row * call.outputs, call.outputs, y + row * spec_.outputs + call.first);
  }
}

void PackedCalls::run(const float* x, const float* w, uint64_t version, const float* bias,
                      float* y) {
  guarded(kWhat, [&] {
    for (size_t i = 0; i < calls_.size(); ++i) {
      const Call& call = calls_[i];
      const float* from = w + call.first * (spec_.transposed ? 1 : spec_.inputs);
      weights_[i] = packed_[i].get(from, version, call.plain_weights, call.desc.weights_desc());
    }
    tops_.resize(static_cast<size_t>(spec_.rows * spec_.outputs));
    parallel_for_throwing(static_cast<int64_t>(calls_.size()),
                          [&](int64_t i) { run_call(static_cast<size_t>(i), x, bias, y); });
  });
}

}  // namespace

std::unique_ptr<PackedProduct> packed_product(const InnerProductSpec& spec) {
  if (!fits({spec.rows, spec.inputs, spec.outputs, spec.inputs * spec.outputs})) return nullptr;
  return guarded(kWhat, [&] { return std::make_unique<PackedCalls>(spec); });
}

}  // namespace caffe::onednn
