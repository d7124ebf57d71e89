#include "kernels/cpu/onednn/convolution_forward.hpp"

#include <bit>
#include <mutex>
#include <string_view>
#include <utility>

#include "core/fork.hpp"
#include "core/lru_cache.hpp"
#include "core/made_once.hpp"
#include "core/text.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/convolution/choices.hpp"
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

ConvolutionForward::Call::Call(const ConvolutionSpec& spec, int threads, const Call* same_weights)
    : descs(spec), threads(threads) {
  if (same_weights != nullptr) descs.weights = same_weights->made.desc.weights_desc();
  made = spec.training || same_weights != nullptr ? make(spec) : cached(spec, *this);
}

ConvolutionForward::Made ConvolutionForward::Call::make(const ConvolutionSpec& spec) const {
  const ThreadScope scope(threads);
  const dnnl::prop_kind kind =
      spec.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  Made made;
  made.fused = spec.addend || spec.activation.kind != Activation::kNone;
  dnnl::primitive_attr with_ops = attributes();
  if (made.fused) with_ops.set_post_ops(post_ops(spec, descs.top));
  made.desc = descs.forward(kind, with_ops);
  if (made.fused && made.slow()) {
    // On old machines a post-op may leave only oneDNN's own reference: then our loops do it.
    Made plain{false, descs.forward(kind, attributes()), {}};
    if (!plain.slow()) made = std::move(plain);
  }
  made.primitive = dnnl::convolution_forward(made.desc);
  return made;
}

// "ref:any" and the like are oneDNN's plain loops.
bool ConvolutionForward::Made::slow() const {
  return std::string_view(desc.impl_info_str()).substr(0, 3) == "ref";
}

// Making a primitive generates code, which takes milliseconds; nets that share weights across
// threads ask for the same ones. Two threads may make one twice: the lock is not held while it is
// made.
ConvolutionForward::Made ConvolutionForward::cached(const ConvolutionSpec& spec, const Call& call) {
  constexpr size_t kMost = 128;  // two large nets'; a few ten kilobytes each
  static Mutex mutex;
  static MadeOnce<LruCache<Made>> all;
  LruCache<Made>& cache = all.get([] { return LruCache<Made>(kMost); });
  const std::string key =
      str(convolution_key(spec, call.threads), ' ', spec.top, " b", spec.bias, " a", spec.addend,
          ' ', spec.activation.kind, ' ', std::bit_cast<uint32_t>(spec.activation.slope));
  {
    const std::lock_guard<Mutex> lock(mutex);
    if (const Made* const found = cache.find(key)) return *found;
  }
  Made made = call.make(spec);
  const std::lock_guard<Mutex> lock(mutex);
  return cache.put(key, std::move(made));
}

void ConvolutionForward::Call::run(const float* x, const memory& weights, const float* bias,
                                   const Epilogue& epilogue, float* y) const {
  std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, wrap(descs.bottom, x)},
                                            {DNNL_ARG_WEIGHTS, weights},
                                            {DNNL_ARG_DST, wrap(descs.top, y)}};
  if (bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, wrap(descs.bias, bias));
  if (made.fused) {
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
  execute(made.primitive, made.desc.scratchpad_desc(), std::move(arguments), threads);
}

ConvolutionForward::ConvolutionForward(const ConvolutionSpec& spec)
    : spec_(spec),
      threads_(spec.training ? 1 : num_threads()),
      parts_(parts_of(spec)),
      weights_(static_cast<size_t>(parts_.channels())) {
  make_calls(parts_, calls_, [&](const ConvolutionPart& part, const Call* same_weights) {
    return Call(with_images(with_top_channels(spec, part.channels), part.images), threads_,
                same_weights);
  });
}

void ConvolutionForward::run(const float* x, const float* w, uint64_t version, const float* bias,
                             const Epilogue& epilogue, const ResultRows& results) {
  std::vector<memory> weights;
  for (int64_t i = 0; i < parts_.channels(); ++i) {
    const ConvolutionPart& part = parts_.first_of_channels(i);
    const Call& call = *calls_[part.kind];
    weights.push_back(weights_[static_cast<size_t>(i)].get(
        w + part.first_channel * spec_.weights.count(1), version, call.descs.plain_weights,
        call.made.desc.weights_desc()));
  }
  parallel_for_throwing(parts_.count(), [&](int64_t i) {
    run_part(parts_[i], x, weights[static_cast<size_t>(i / parts_.images())], bias, epilogue,
             results);
  });
}

// oneDNN has no destination with a wider pitch but in its reference.
void ConvolutionForward::run_part(const ConvolutionPart& part, const float* x,
                                  const memory& weights, const float* bias,
                                  const Epilogue& epilogue, const ResultRows& results) const {
  const Call& call = *calls_[part.kind];
  const int64_t plane = spec_.top.count(2), rows = part.images * plane;
  const ResultRows place{
      results.first + part.first_image * plane * results.pitch + part.first_channel, results.pitch};
  const bool dense = place.pitch == part.channels;
  float* sums = dense ? place.first : thread_scratch(ScratchUse::kResults, rows * part.channels);
  call.run(x + part.first_image * spec_.bottom.count(1), weights,
           bias == nullptr ? nullptr : bias + part.first_channel, epilogue, sums);
  finish(call.made.fused ? Epilogue() : epilogue, sums, rows, part.channels, place);
}

}  // namespace caffe::onednn
