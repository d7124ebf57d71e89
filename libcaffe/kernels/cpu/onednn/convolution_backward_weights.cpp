#include "kernels/cpu/onednn/convolution_backward_weights.hpp"

#include <algorithm>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/thread_scratch.hpp"

namespace caffe::onednn {

namespace {

constexpr int64_t kMostFloats = 32 << 20;  // of all parts' sums

int64_t floats_of(const dnnl::memory::desc& desc) {
  return static_cast<int64_t>(desc.get_size() / sizeof(float));
}

// A part of the images writes, reads and adds sums of its own; one of the outputs reads all images.
ConvolutionParts parts_of(const ConvolutionSpec& spec) {
  const int64_t weights = spec.weights.count();
  const int64_t most_images = std::max<int64_t>(kMostFloats / weights, 2);
  return cheapest_parts(spec, spec.top[1], {3 * weights, spec.bottom.count()}, most_images);
}

}  // namespace

ConvolutionBackwardWeights::Call::Call(const ConvolutionSpec& spec, const Call* same_weights)
    : descs(spec) {
  const ThreadScope scope(1);
  desc = {engine(),
          dnnl::algorithm::convolution_direct,
          descs.bottom,
          same_weights != nullptr ? same_weights->desc.diff_weights_desc() : descs.weights,
          descs.with_bias ? descs.bias : dnnl::memory::desc(),
          descs.top,
          descs.stride,
          descs.dilation,
          descs.pad,
          descs.end_pad,
          descs.forward(dnnl::prop_kind::forward_training, attributes()),
          attributes()};
  primitive = dnnl::convolution_backward_weights(desc);
  set = Reorder(desc.diff_weights_desc(), descs.plain_weights, 0);
  add = Reorder(desc.diff_weights_desc(), descs.plain_weights, 1);
}

void ConvolutionBackwardWeights::Call::run(const float* x, const float* dy,
                                           const dnnl::memory& weights, float* bias) const {
  std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, wrap(descs.bottom, x)},
                                                  {DNNL_ARG_DIFF_DST, wrap(descs.top, dy)},
                                                  {DNNL_ARG_DIFF_WEIGHTS, weights}};
  if (descs.with_bias) arguments.emplace(DNNL_ARG_DIFF_BIAS, wrap(descs.bias, bias));
  execute(primitive, desc.scratchpad_desc(), std::move(arguments), 1);
}

ConvolutionBackwardWeights::ConvolutionBackwardWeights(const ConvolutionSpec& spec)
    : spec_(spec), parts_(parts_of(spec)) {
  make_calls(parts_, calls_, [&](const ConvolutionPart& part, const Call* same_weights) {
    return Call(with_images(with_top_channels(spec, part.channels), part.images), same_weights);
  });
  for (const std::optional<Call>& call : calls_) {
    if (call) most_sums_ = std::max(most_sums_, floats_of(call->desc.diff_weights_desc()));
  }
  most_sums_ = round_up(most_sums_, 16);  // whole cache lines
}

// The part's outputs alone.
const float* ConvolutionBackwardWeights::gradient_of(const ConvolutionPart& part,
                                                     const float* dy) const {
  const int64_t outputs = spec_.top[1], plane = spec_.top.count(2);
  const float* from = dy + part.first_image * plane * outputs + part.first_channel;
  if (part.channels == outputs) return from;
  const int64_t rows = part.images * plane;
  float* to = thread_scratch(ScratchUse::kOperand, rows * part.channels);
  for (int64_t row = 0; row < rows; ++row) {
    std::copy_n(from + row * outputs, part.channels, to + row * part.channels);
  }
  return to;
}

// All parts' sums into the first ones', in their order, and those into the gradient.
void ConvolutionBackwardWeights::add_weights(const Tensor& dw, float* sums) const {
  const bool add = !dw.empty();
  float* out = add ? dw.update() : dw.write();
  for (int64_t c = 0; c < parts_.channels(); ++c) {
    const ConvolutionPart& part = parts_.first_of_channels(c);
    const Call& call = *calls_[part.kind];
    const dnnl::memory::desc desc = call.desc.diff_weights_desc();
    float* total = sums + c * parts_.images() * most_sums_;
    parallel_for(parts_.images() == 1 ? 0 : floats_of(desc), grain_of(parts_.images()),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t more = 1; more < parts_.images(); ++more) {
                     const float* from = total + more * most_sums_;
                     for (int64_t i = begin; i < end; ++i) total[i] += from[i];
                   }
                 });
    (add ? call.add : call.set)
        .execute(wrap(desc, total),
                 wrap(call.descs.plain_weights, out + part.first_channel * spec_.weights.count(1)));
  }
}

void ConvolutionBackwardWeights::add_bias(const Tensor& db) const {
  const int64_t outputs = spec_.top[1];
  float* bias = db.update();
  for (size_t i = 0; i < bias_sums_.size(); ++i) {
    bias[static_cast<int64_t>(i) % outputs] += bias_sums_[i];
  }
}

void ConvolutionBackwardWeights::run(const float* x, const float* dy, std::optional<Tensor> dw,
                                     std::optional<Tensor> db) {
  const int64_t outputs = spec_.top[1];
  float* sums = thread_scratch(ScratchUse::kPartialSums, parts_.count() * most_sums_);
  bias_sums_.resize(static_cast<size_t>(parts_.images() * outputs));
  parallel_for_throwing(parts_.count(), [&](int64_t i) {
    const ConvolutionPart& part = parts_[i];
    const Call& call = *calls_[part.kind];
    call.run(x + part.first_image * spec_.bottom.count(1), gradient_of(part, dy),
             wrap(call.desc.diff_weights_desc(), sums + i * most_sums_),
             bias_sums_.data() + i % parts_.images() * outputs + part.first_channel);
  });
  if (dw) add_weights(*dw, sums);
  if (db && spec_.bias) add_bias(*db);
}

}  // namespace caffe::onednn
