#include "kernels/cpu/onednn/convolution_backward_data.hpp"

#include "core/threads.hpp"
#include "kernels/cpu/convolution/epilogue.hpp"
#include "kernels/cpu/thread_scratch.hpp"

namespace caffe::onednn {

namespace {

using dnnl::memory;

ConvolutionParts parts_of(const ConvolutionSpec& spec) {
  if (!spec.training) return ConvolutionParts(spec.bottom[0], spec.bottom[1]);
  return cheapest_parts(spec, spec.bottom[1], {spec.weights.count(), spec.top.count()});
}

// Weights of some of the bottom's channels, as they lie among those of all.
memory::desc among_all(const memory::desc& some, const ConvolutionSpec& all) {
  memory::dims strides = some.get_strides();
  if (all.group == 1) strides[0] = all.weights.count(1);
  return memory::desc(some.get_dims(), memory::data_type::f32, strides);
}

}  // namespace

ConvolutionBackwardData::Call::Call(const ConvolutionSpec& spec, int threads,
                                    const Call* same_weights)
    : descs(spec), threads(threads) {
  const ThreadScope scope(threads);
  const dnnl::prop_kind kind =
      spec.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  desc = {
      engine(),       dnnl::algorithm::convolution_direct,
      descs.bottom,   same_weights != nullptr ? same_weights->desc.weights_desc() : descs.weights,
      descs.top,      descs.stride,
      descs.dilation, descs.pad,
      descs.end_pad,  descs.forward(kind, attributes()),
      attributes()};
  primitive = dnnl::convolution_backward_data(desc);
}

void ConvolutionBackwardData::Call::run(const float* dy, const memory& weights, float* dx) const {
  execute(primitive, desc.scratchpad_desc(),
          {{DNNL_ARG_DIFF_DST, wrap(descs.top, dy)},
           {DNNL_ARG_WEIGHTS, weights},
           {DNNL_ARG_DIFF_SRC, wrap(descs.bottom, dx)}},
          threads);
}

ConvolutionBackwardData::ConvolutionBackwardData(const ConvolutionSpec& spec)
    : spec_(spec),
      threads_(spec.training ? 1 : num_threads()),
      parts_(parts_of(spec)),
      weights_(static_cast<size_t>(parts_.channels())) {
  make_calls(parts_, calls_, [&](const ConvolutionPart& part, const Call* same_weights) {
    return Call(with_images(with_bottom_channels(spec, part.channels), part.images), threads_,
                same_weights);
  });
}

void ConvolutionBackwardData::run(const float* dy, const float* w, uint64_t version, float* dx) {
  std::vector<memory> weights;
  for (int64_t i = 0; i < parts_.channels(); ++i) {
    const ConvolutionPart& part = parts_.first_of_channels(i);
    const Call& call = *calls_[part.kind];
    weights.push_back(weights_[static_cast<size_t>(i)].get(
        w + part.first_channel * spec_.weights.count(2), version,
        among_all(call.descs.plain_weights, spec_), call.desc.weights_desc()));
  }
  parallel_for_throwing(parts_.count(), [&](int64_t i) {
    run_part(parts_[i], dy, weights[static_cast<size_t>(i / parts_.images())], dx);
  });
}

void ConvolutionBackwardData::run_part(const ConvolutionPart& part, const float* dy,
                                       const memory& weights, float* dx) const {
  const int64_t plane = spec_.bottom.count(2), rows = part.images * plane;
  const ResultRows place{dx + part.first_image * spec_.bottom.count(1) + part.first_channel,
                         spec_.bottom[1]};
  const bool dense = part.channels == place.pitch;
  float* sums = dense ? place.first : thread_scratch(ScratchUse::kResults, rows * part.channels);
  calls_[part.kind]->run(dy + part.first_image * spec_.top.count(1), weights, sums);
  finish(Epilogue(), sums, rows, part.channels, place);
}

}  // namespace caffe::onednn
