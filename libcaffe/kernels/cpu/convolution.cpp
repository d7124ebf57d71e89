// Convolution by oneDNN on channels-last replicas, weights in the order each primitive likes.
// No spatial axes are one of extent 1; what oneDNN cannot do is left to the reference.
#include <optional>
#include <utility>
#include <vector>

#include "core/threads.hpp"
#include "kernels/cpu/batched_convolution.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/onednn.hpp"

namespace caffe {

namespace {

using dnnl::memory;
using Dims = memory::dims;

constexpr const char* kWhat = "convolution";

struct Geometry {
  memory::desc bottom, top, weights, plain_weights, bias;
  Dims stride, pad, end_pad, dilation;

  explicit Geometry(const ConvolutionSpec& spec) {
    stride = spec.stride, pad = end_pad = spec.pad;
    for (const int64_t each : spec.dilation) dilation.push_back(each - 1);  // 0: no holes
    const Dims& k = spec.kernel;
    Dims x = spec.bottom.dims(), y = spec.top.dims(), kernel = k;
    if (k.empty()) {
      x.push_back(1), y.push_back(1), kernel = {1};
      stride = {1}, pad = end_pad = dilation = {0};
    }
    for (size_t i = 0; i < k.size(); ++i) {
      // What the last window needs may be less than the padding given, never more.
      end_pad[i] =
          (y[i + 2] - 1) * stride[i] + (kernel[i] - 1) * spec.dilation[i] + 1 - x[i + 2] - pad[i];
    }
    Dims w = {y[1], x[1] / spec.group};
    if (spec.group > 1) w = {spec.group, y[1] / spec.group, x[1] / spec.group};
    w.insert(w.end(), kernel.begin(), kernel.end());
    bottom = onednn::channels_last(x);
    top = onednn::channels_last(y);
    weights = onednn::any(w);
    plain_weights = onednn::plain(w);
    bias = onednn::plain({y[1]});
  }
};

class OnednnConvolution final : public Convolution {
 public:
  explicit OnednnConvolution(const ConvolutionSpec& spec)
      : spec_(spec), geometry_(spec), forward_(make_forward()) {
    // Made now, so that a shape oneDNN has no backward for is the reference's from the start.
    if (spec.training || spec.transposed) make_backward_data();
    if (spec.training) make_backward_weights();
  }

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b, Tensor y) override {
    onednn::guarded(kWhat, [&] {
      follow_threads();
      const memory weights = forward_weights_.get(w.read(), w.version(), geometry_.plain_weights,
                                                  forward_.weights_desc());
      std::unordered_map<int, memory> arguments{
          {DNNL_ARG_SRC, wrap_bottom(x.as(spec_.bottom).read(Place::kHostNhwc))},
          {DNNL_ARG_WEIGHTS, weights}};
      if (spec_.bias) arguments.emplace(DNNL_ARG_BIAS, onednn::wrap(geometry_.bias, b->read()));
      arguments.emplace(DNNL_ARG_DST, wrap_top(y.as(spec_.top).write(Place::kHostNhwc)));
      onednn::execute(*forward_primitive_, forward_.scratchpad_desc(), std::move(arguments));
    });
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    onednn::guarded(kWhat, [&] {
      follow_threads();
      if (!backward_data_primitive_) make_backward_data();
      const memory weights = backward_weights_.get(w.read(), w.version(), geometry_.plain_weights,
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
      follow_threads();
      if (!weights_gradient_primitive_) make_backward_weights();
      const auto desc = weights_gradient_.diff_weights_desc();
      // Straight into the gradient when nothing is there to be added to and the orders agree.
      const bool direct = dw && dw->empty() && desc == geometry_.plain_weights;
      if (!direct && !weights_scratch_) weights_scratch_ = memory(desc, onednn::engine());
      const memory target = direct ? onednn::wrap(desc, dw->write()) : weights_scratch_;
      std::unordered_map<int, memory> arguments{
          {DNNL_ARG_SRC, wrap_bottom(x.as(spec_.bottom).read(Place::kHostNhwc))},
          {DNNL_ARG_DIFF_DST, wrap_top(dy.as(spec_.top).read(Place::kHostNhwc))},
          {DNNL_ARG_DIFF_WEIGHTS, target}};
      if (spec_.bias) arguments.emplace(DNNL_ARG_DIFF_BIAS, bias_scratch());
      onednn::execute(*weights_gradient_primitive_, weights_gradient_.scratchpad_desc(),
                      std::move(arguments));
      if (dw && !direct) {
        const bool add = !dw->empty();
        float* sums = add ? dw->update() : dw->write();
        (add ? add_weights_ : set_weights_)
            .execute(target, onednn::wrap(geometry_.plain_weights, sums));
      }
      if (db && spec_.bias) {
        float* sums = db->update();
        for (size_t i = 0; i < bias_scratch_.size(); ++i) sums[i] += bias_scratch_[i];
      }
    });
  }

  std::string implementation() const override {
    return std::string("oneDNN ") + forward_.impl_info_str();
  }

 private:
  memory wrap_bottom(const float* values) const { return onednn::wrap(geometry_.bottom, values); }
  memory wrap_top(const float* values) const { return onednn::wrap(geometry_.top, values); }

  memory bias_scratch() {
    bias_scratch_.resize(static_cast<size_t>(spec_.top[1]));
    return onednn::wrap(geometry_.bias, bias_scratch_.data());
  }

  // Primitives are made for a number of threads.
  void follow_threads() {
    if (threads_ == num_threads()) return;
    forward_ = make_forward();
    backward_data_primitive_.reset();
    weights_gradient_primitive_.reset();
  }

  dnnl::convolution_forward::primitive_desc make_forward() {
    const onednn::ThreadScope scope;
    threads_ = num_threads();
    forward_weights_.forget(), backward_weights_.forget();
    const auto kind =
        spec_.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    const Geometry& g = geometry_;
    const dnnl::convolution_forward::primitive_desc desc(
        onednn::engine(), kind, dnnl::algorithm::convolution_direct, g.bottom, g.weights,
        spec_.bias ? g.bias : memory::desc(), g.top, g.stride, g.dilation, g.pad, g.end_pad,
        onednn::attributes());
    forward_primitive_ = dnnl::convolution_forward(desc);
    return desc;
  }

  void make_backward_data() {
    const onednn::ThreadScope scope;
    const Geometry& g = geometry_;
    backward_data_ = dnnl::convolution_backward_data::primitive_desc(
        onednn::engine(), dnnl::algorithm::convolution_direct, g.bottom, g.weights, g.top, g.stride,
        g.dilation, g.pad, g.end_pad, forward_, onednn::attributes());
    backward_data_primitive_ = dnnl::convolution_backward_data(backward_data_);
  }

  void make_backward_weights() {
    const onednn::ThreadScope scope;
    const Geometry& g = geometry_;
    weights_gradient_ = dnnl::convolution_backward_weights::primitive_desc(
        onednn::engine(), dnnl::algorithm::convolution_direct, g.bottom, g.weights,
        spec_.bias ? g.bias : memory::desc(), g.top, g.stride, g.dilation, g.pad, g.end_pad,
        forward_, onednn::attributes());
    weights_gradient_primitive_ = dnnl::convolution_backward_weights(weights_gradient_);
    weights_scratch_ = memory();
    const auto from = weights_gradient_.diff_weights_desc();
    set_weights_ = onednn::Reorder(from, g.plain_weights, 0);
    add_weights_ = onednn::Reorder(from, g.plain_weights, 1);
  }

  const ConvolutionSpec spec_;
  const Geometry geometry_;
  int threads_ = 0;
  onednn::PackedWeights forward_weights_, backward_weights_;
  memory weights_scratch_;
  onednn::Reorder set_weights_, add_weights_;  // what was computed into the gradient users see
  std::vector<float> bias_scratch_;
  std::optional<dnnl::convolution_forward> forward_primitive_;
  dnnl::convolution_forward::primitive_desc forward_;
  std::optional<dnnl::convolution_backward_data> backward_data_primitive_;
  dnnl::convolution_backward_data::primitive_desc backward_data_;
  std::optional<dnnl::convolution_backward_weights> weights_gradient_primitive_;
  dnnl::convolution_backward_weights::primitive_desc weights_gradient_;
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
