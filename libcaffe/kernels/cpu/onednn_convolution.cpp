// No spatial axes are one of extent 1.
#include "kernels/cpu/onednn_convolution.hpp"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/threads.hpp"
#include "kernels/cpu/epilogue.hpp"
#include "kernels/cpu/weights_gradient.hpp"

namespace caffe {

namespace {

using dnnl::memory;
using onednn::with_images;

constexpr const char* kWhat = "convolution";

// What oneDNN does with each result before it stores it.
dnnl::post_ops post_ops(const ConvolutionSpec& spec, const memory::desc& top) {
  dnnl::post_ops ops;
  if (spec.addend) ops.append_binary(dnnl::algorithm::binary_add, top);
  const float slope = spec.activation.slope;
  switch (spec.activation.kind) {
    case Activation::kNone:
      break;
    case Activation::kRelu:
      ops.append_eltwise(dnnl::algorithm::eltwise_relu, slope, 0);
      break;
    case Activation::kPrelu:
      ops.append_prelu(1 << 1);  // a slope for each index of axis 1
      break;
    case Activation::kElu:
      ops.append_eltwise(dnnl::algorithm::eltwise_elu, slope, 0);
      break;
  }
  return ops;
}

// oneDNN's calls for a number of images and of threads.
struct Call {
  Call(const ConvolutionSpec& spec, int64_t images, int threads, const Call* same_weights)
      : descs(with_images(spec, images)), threads(threads) {
    const onednn::ThreadScope scope(threads);
    if (same_weights != nullptr) descs.weights = same_weights->forward.weights_desc();
    const dnnl::prop_kind kind =
        spec.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    const bool epilogue = spec.addend || spec.activation.kind != Activation::kNone;
    if (epilogue) {
      fuse(spec, kind);
    } else {
      forward = descs.forward(kind, onednn::attributes());
    }
    forward_primitive = dnnl::convolution_forward(forward);
  }

  // On old machines a post-op may leave only oneDNN's own reference: then our loops do it.
  void fuse(const ConvolutionSpec& spec, dnnl::prop_kind kind) {
    dnnl::primitive_attr attributes = onednn::attributes();
    attributes.set_post_ops(post_ops(spec, descs.top));
    forward = descs.forward(kind, attributes);
    fused = true;
    if (!slow()) return;
    dnnl::convolution_forward::primitive_desc with_all = forward;
    forward = descs.forward(kind, onednn::attributes());
    fused = slow();
    if (fused) forward = with_all;
  }

  bool slow() const { return std::string_view(forward.impl_info_str()).substr(0, 3) == "ref"; }

  void make_backward_data(const Call* same_weights) {
    const onednn::ThreadScope scope(threads);
    backward_data = dnnl::convolution_backward_data::primitive_desc(
        onednn::engine(), dnnl::algorithm::convolution_direct, descs.bottom,
        same_weights != nullptr ? same_weights->backward_data.weights_desc() : any_weights(),
        descs.top, descs.stride, descs.dilation, descs.pad, descs.end_pad, forward,
        onednn::attributes());
    backward_data_primitive = dnnl::convolution_backward_data(backward_data);
  }

  memory::desc any_weights() const { return onednn::any(descs.plain_weights.get_dims()); }

  void run_forward(const float* x, const memory& weights, const float* bias,
                   const Epilogue& epilogue, float* y) const {
    std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, onednn::wrap(descs.bottom, x)},
                                              {DNNL_ARG_WEIGHTS, weights},
                                              {DNNL_ARG_DST, onednn::wrap(descs.top, y)}};
    if (bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, onednn::wrap(descs.bias, bias));
    if (fused) {
      int op = 0;
      if (epilogue.addend != nullptr) {
        arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(op++) | DNNL_ARG_SRC_1,
                          onednn::wrap(descs.top, epilogue.addend));
      }
      if (epilogue.slopes != nullptr) {
        arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(op) | DNNL_ARG_WEIGHTS,
                          onednn::wrap(descs.bias, epilogue.slopes));
      }
    }
    onednn::execute(forward_primitive, forward.scratchpad_desc(), std::move(arguments), threads);
  }

  void run_backward_data(const float* dy, const memory& weights, float* dx) const {
    onednn::execute(backward_data_primitive, backward_data.scratchpad_desc(),
                    {{DNNL_ARG_DIFF_DST, onednn::wrap(descs.top, dy)},
                     {DNNL_ARG_WEIGHTS, weights},
                     {DNNL_ARG_DIFF_SRC, onednn::wrap(descs.bottom, dx)}},
                    threads);
  }

  onednn::ConvolutionDescs descs;
  int threads;
  bool fused = false;  // all of the epilogue but the results' place
  dnnl::convolution_forward::primitive_desc forward;
  dnnl::convolution_forward forward_primitive;
  dnnl::convolution_backward_data::primitive_desc backward_data;
  dnnl::convolution_backward_data backward_data_primitive;
};

// For inference all images are one call on all threads. In training each part of them is a call on
// one thread, so that a training does not depend on their number.
class OnednnConvolution final : public Convolution {
 public:
  explicit OnednnConvolution(const ConvolutionSpec& spec)
      : spec_(spec),
        parts_(spec.bottom[0], spec.training ? onednn::ImageParts::kMost : 1),
        bottom_size_(spec.bottom.count(1)),
        top_size_(spec.top.count(1)) {
    make_calls();
    // Made now, so that a shape oneDNN has no backward for is the reference's from the start.
    if (spec.training || spec.transposed) make_backward_data();
    if (spec.training) weights_gradient_.emplace(spec);
  }

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b,
               const FusedOperands& fused, Tensor y) override {
    onednn::guarded(kWhat, [&] {
      follow_threads();
      const onednn::ConvolutionDescs& descs = calls_[0].descs;
      const memory weights = forward_weights_.get(w.read(), w.version(), descs.plain_weights,
                                                  calls_[0].forward.weights_desc());
      const float* in = x.as(spec_.bottom).read(Place::kHostNhwc);
      const float* bias = spec_.bias ? b->read() : nullptr;
      const Epilogue epilogue(spec_, fused);
      const ResultRows results(spec_, y);
      float* sums = spec_.joint_channels != 0 ? scratch_for_sums(spec_.top.count()) : results.first;
      for_each_part([&](const Call& call, int64_t first) {
        call.run_forward(in + first * bottom_size_, weights, bias, epilogue,
                         sums + first * top_size_);
      });
      finish(calls_[0].fused ? Epilogue() : epilogue, sums, spec_.top.count() / spec_.top[1],
             spec_.top[1], results);
    });
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    onednn::guarded(kWhat, [&] {
      follow_threads();
      if (!has_backward_data_) make_backward_data();
      const memory weights =
          backward_weights_.get(w.read(), w.version(), calls_[0].descs.plain_weights,
                                calls_[0].backward_data.weights_desc());
      const float* gradient = dy.as(spec_.top).read(Place::kHostNhwc);
      float* out = dx.as(spec_.bottom).write(Place::kHostNhwc);
      for_each_part([&](const Call& call, int64_t first) {
        call.run_backward_data(gradient + first * top_size_, weights, out + first * bottom_size_);
      });
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
    return std::string("oneDNN ") + calls_[0].forward.impl_info_str();
  }

 private:
  // body(call, first image)
  template <class Body>
  void for_each_part(const Body& body) const {
    parallel_for_throwing(parts_.count, [&](int64_t part) {
      body(part == parts_.count - 1 ? calls_.back() : calls_[0], parts_.first(part));
    });
  }

  // Calls are made for a number of threads.
  void follow_threads() {
    if (spec_.training || calls_[0].threads == num_threads()) return;
    make_calls();
  }

  void make_calls() {
    const int threads = spec_.training ? 1 : num_threads();
    calls_.clear();
    calls_.reserve(2);
    calls_.emplace_back(spec_, parts_.each, threads, nullptr);
    if (parts_.has_rest()) calls_.emplace_back(spec_, parts_.rest, threads, &calls_[0]);
    forward_weights_.forget(), backward_weights_.forget();
    has_backward_data_ = false;
  }

  void make_backward_data() {
    for (Call& call : calls_) call.make_backward_data(&call == &calls_[0] ? nullptr : &calls_[0]);
    has_backward_data_ = true;
  }

  const ConvolutionSpec spec_;
  const onednn::ImageParts parts_;
  const int64_t bottom_size_, top_size_;  // an image's
  std::vector<Call> calls_;               // of a part, and of the last one if it has fewer images
  bool has_backward_data_ = false;
  onednn::PackedWeights forward_weights_, backward_weights_;
  std::optional<onednn::WeightsGradient> weights_gradient_;
};

}  // namespace

std::unique_ptr<Convolution> onednn_convolution(const ConvolutionSpec& spec) {
  if (spec.kernel.size() > 3 || spec.bottom.count() == 0 || spec.top.count() == 0) return nullptr;
  try {
    return std::make_unique<OnednnConvolution>(spec);
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) onednn::fail_with(kWhat, error);
    return nullptr;
  }
}

}  // namespace caffe
