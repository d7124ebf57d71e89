#include "kernels/cpu/forward_pass.hpp"

#include <string_view>

#include "core/threads.hpp"
#include "kernels/cpu/thread_scratch.hpp"

namespace caffe::onednn {

namespace {

using dnnl::memory;

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

ConvolutionParts parts_of(const ConvolutionSpec& spec) {
  if (!spec.training) return ConvolutionParts(spec.bottom[0], spec.top[1]);
  return cheapest_parts(spec, spec.top[1], {spec.weights.count(), spec.bottom.count()});
}

}  // namespace

ForwardPass::Call::Call(const ConvolutionSpec& spec, int threads, const Call* same_weights)
    : descs(spec), threads(threads) {
  const ThreadScope scope(threads);
  if (same_weights != nullptr) descs.weights = same_weights->desc.weights_desc();
  const dnnl::prop_kind kind =
      spec.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  if (spec.addend || spec.activation.kind != Activation::kNone) {
    fuse(spec, kind);
  } else {
    desc = descs.forward(kind, attributes());
  }
  primitive = dnnl::convolution_forward(desc);
}

// On old machines a post-op may leave only oneDNN's own reference: then our loops do it.
void ForwardPass::Call::fuse(const ConvolutionSpec& spec, dnnl::prop_kind kind) {
  dnnl::primitive_attr with_ops = attributes();
  with_ops.set_post_ops(post_ops(spec, descs.top));
  desc = descs.forward(kind, with_ops);
  fused = true;
  if (!slow()) return;
  const dnnl::convolution_forward::primitive_desc with_all = desc;
  desc = descs.forward(kind, attributes());
  fused = slow();
  if (fused) desc = with_all;
}

bool ForwardPass::Call::slow() const {
  return std::string_view(desc.impl_info_str()).substr(0, 3) == "ref";
}

void ForwardPass::Call::run(const float* x, const memory& weights, const float* bias,
                            const Epilogue& epilogue, float* y) const {
  std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, wrap(descs.bottom, x)},
                                            {DNNL_ARG_WEIGHTS, weights},
                                            {DNNL_ARG_DST, wrap(descs.top, y)}};
  if (bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, wrap(descs.bias, bias));
  if (fused) {
    int op = 0;
    if (epilogue.addend != nullptr) {
      arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(op++) | DNNL_ARG_SRC_1,
                        wrap(descs.top, epilogue.addend));
    }
    if (epilogue.slopes != nullptr) {
      arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(op) | DNNL_ARG_WEIGHTS,
                        wrap(descs.bias, epilogue.slopes));
    }
  }
  execute(primitive, desc.scratchpad_desc(), std::move(arguments), threads);
}

ForwardPass::ForwardPass(const ConvolutionSpec& spec)
    : spec_(spec),
      threads_(spec.training ? 1 : num_threads()),
      parts_(parts_of(spec)),
      weights_(static_cast<size_t>(parts_.channels())) {
  make_calls(parts_, calls_, [&](const ConvolutionPart& part, const Call* same_weights) {
    return Call(with_images(with_top_channels(spec, part.channels), part.images), threads_,
                same_weights);
  });
}

void ForwardPass::run(const float* x, const float* w, uint64_t version, const float* bias,
                      const Epilogue& epilogue, const ResultRows& results) {
  std::vector<memory> weights;
  for (int64_t i = 0; i < parts_.channels(); ++i) {
    const ConvolutionPart& part = parts_.first_of_channels(i);
    const Call& call = *calls_[part.kind];
    weights.push_back(weights_[static_cast<size_t>(i)].get(
        w + part.first_channel * spec_.weights.count(1), version, call.descs.plain_weights,
        call.desc.weights_desc()));
  }
  parallel_for_throwing(parts_.count(), [&](int64_t i) {
    run_part(parts_[i], x, weights[static_cast<size_t>(i / parts_.images())], bias, epilogue,
             results);
  });
}

// oneDNN has no destination with a wider pitch but in its reference.
void ForwardPass::run_part(const ConvolutionPart& part, const float* x, const memory& weights,
                           const float* bias, const Epilogue& epilogue,
                           const ResultRows& results) const {
  const Call& call = *calls_[part.kind];
  const int64_t plane = spec_.top.count(2), rows = part.images * plane;
  const ResultRows place{
      results.first + part.first_image * plane * results.pitch + part.first_channel, results.pitch};
  const bool dense = place.pitch == part.channels;
  float* sums = dense ? place.first : thread_scratch(ScratchUse::kResults, rows * part.channels);
  call.run(x + part.first_image * spec_.bottom.count(1), weights,
           bias == nullptr ? nullptr : bias + part.first_channel, epilogue, sums);
  finish(call.fused ? Epilogue() : epilogue, sums, rows, part.channels, place);
}

}  // namespace caffe::onednn
