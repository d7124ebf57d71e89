// Convolution by oneDNN on channels-last replicas, weights in the order each primitive likes.
// No spatial axes are one of extent 1; what oneDNN cannot do is left to the reference.
#include <optional>
#include <utility>
#include <vector>

#include "core/threads.hpp"
#include "kernels/cpu/batched_convolution.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/weights_gradient.hpp"

namespace caffe {

namespace {

using dnnl::memory;

constexpr const char* kWhat = "convolution";

class OnednnConvolution final : public Convolution {
 public:
  explicit OnednnConvolution(const ConvolutionSpec& spec)
      : spec_(spec), descs_(spec), forward_(make_forward()) {
    // Made now, so that a shape oneDNN has no backward for is the reference's from the start.
    if (spec.training || spec.transposed) make_backward_data();
    if (spec.training) weights_gradient_.emplace(spec);
  }

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b, Tensor y) override {
    onednn::guarded(kWhat, [&] {
      follow_threads();
      const memory weights = forward_weights_.get(w.read(), w.version(), descs_.plain_weights,
                                                  forward_.weights_desc());
      std::unordered_map<int, memory> arguments{
          {DNNL_ARG_SRC, wrap_bottom(x.as(spec_.bottom).read(Place::kHostNhwc))},
          {DNNL_ARG_WEIGHTS, weights}};
      if (spec_.bias) arguments.emplace(DNNL_ARG_BIAS, onednn::wrap(descs_.bias, b->read()));
      arguments.emplace(DNNL_ARG_DST, wrap_top(y.as(spec_.top).write(Place::kHostNhwc)));
      onednn::execute(*forward_primitive_, forward_.scratchpad_desc(), std::move(arguments));
    });
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    onednn::guarded(kWhat, [&] {
      follow_threads();
      if (!backward_data_primitive_) make_backward_data();
      const memory weights = backward_weights_.get(w.read(), w.version(), descs_.plain_weights,
                                                   backward_data_.weights_desc());
      const float* gradient = dy.as(spec_.top).read(Place::kHostNhwc);
      onednn::execute(
          *backward_data_primitive_, backward_data_.scratchpad_desc(),
          {{DNNL_ARG_DIFF_DST, wrap_top(gradient)},
           {DNNL_ARG_WEIGHTS, weights},
           {DNNL_ARG_DIFF_SRC, wrap_bottom(dx.as(spec_.bottom).write(Place::kHostNhwc))}});
    });
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    onednn::guarded(kWhat, [&] {
      if (!weights_gradient_) weights_gradient_.emplace(spec_);
      weights_gradient_->run(x.as(spec_.bottom).read(Place::kHostNhwc),
                             dy.as(spec_.top).read(Place::kHostNhwc), dw, db);
    });
  }

  std::string implementation() const override {
    return std::string("oneDNN ") + forward_.impl_info_str();
  }

 private:
  memory wrap_bottom(const float* values) const { return onednn::wrap(descs_.bottom, values); }
  memory wrap_top(const float* values) const { return onednn::wrap(descs_.top, values); }

  // Primitives are made for a number of threads.
  void follow_threads() {
    if (threads_ == num_threads()) return;
    forward_ = make_forward();
    backward_data_primitive_.reset();
  }

  dnnl::convolution_forward::primitive_desc make_forward() {
    const onednn::ThreadScope scope;
    threads_ = num_threads();
    forward_weights_.forget(), backward_weights_.forget();
    const auto kind =
        spec_.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    const dnnl::convolution_forward::primitive_desc desc = descs_.forward(kind);
    forward_primitive_ = dnnl::convolution_forward(desc);
    return desc;
  }

  void make_backward_data() {
    const onednn::ThreadScope scope;
    const onednn::ConvolutionDescs& g = descs_;
    backward_data_ = dnnl::convolution_backward_data::primitive_desc(
        onednn::engine(), dnnl::algorithm::convolution_direct, g.bottom, g.weights, g.top, g.stride,
        g.dilation, g.pad, g.end_pad, forward_, onednn::attributes());
    backward_data_primitive_ = dnnl::convolution_backward_data(backward_data_);
  }

  const ConvolutionSpec spec_;
  const onednn::ConvolutionDescs descs_;
  int threads_ = 0;
  onednn::PackedWeights forward_weights_, backward_weights_;
  std::optional<dnnl::convolution_forward> forward_primitive_;
  dnnl::convolution_forward::primitive_desc forward_;
  std::optional<dnnl::convolution_backward_data> backward_data_primitive_;
  dnnl::convolution_backward_data::primitive_desc backward_data_;
  std::optional<onednn::WeightsGradient> weights_gradient_;
};

}  // namespace

std::unique_ptr<Convolution> CpuKernels::convolution(const ConvolutionSpec& spec) {
  if (auto batched = batched_convolution(spec)) return batched;
  if (spec.kernel.size() <= 3 && spec.bottom.count() > 0 && spec.top.count() > 0) {
    try {
      return std::make_unique<OnednnConvolution>(spec);
    } catch (const dnnl::error& error) {
      if (error.status == dnnl_out_of_memory) onednn::fail_with(kWhat, error);
    }
  }
  return ReferenceKernels::convolution(spec);
}

}  // namespace caffe
