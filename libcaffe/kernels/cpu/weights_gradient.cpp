#include "kernels/cpu/weights_gradient.hpp"

#include <algorithm>

#include "core/threads.hpp"

namespace caffe::onednn {

namespace {

constexpr int64_t kMostFloats = 32 << 20;  // of all parts' sums

ImageParts parts_of(const ConvolutionSpec& spec) {
  return {spec.bottom[0],
          std::clamp<int64_t>(kMostFloats / spec.weights.count(), 2, ImageParts::kMost)};
}

}  // namespace

WeightsGradient::Call::Call(const ConvolutionSpec& spec, int64_t images,
                            const dnnl::memory::desc* weights)
    : descs(with_images(spec, images)) {
  const ThreadScope scope(1);
  desc = {engine(),
          dnnl::algorithm::convolution_direct,
          descs.bottom,
          weights != nullptr ? *weights : descs.weights,
          descs.with_bias ? descs.bias : dnnl::memory::desc(),
          descs.top,
          descs.stride,
          descs.dilation,
          descs.pad,
          descs.end_pad,
          descs.forward(dnnl::prop_kind::forward_training, attributes()),
          attributes()};
  primitive = dnnl::convolution_backward_weights(desc);
}

void WeightsGradient::Call::run(const float* x, const float* dy, const dnnl::memory& weights,
                                float* bias) const {
  std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, wrap(descs.bottom, x)},
                                                  {DNNL_ARG_DIFF_DST, wrap(descs.top, dy)},
                                                  {DNNL_ARG_DIFF_WEIGHTS, weights}};
  if (descs.with_bias) arguments.emplace(DNNL_ARG_DIFF_BIAS, wrap(descs.bias, bias));
  execute(primitive, desc.scratchpad_desc(), std::move(arguments), 1);
}

WeightsGradient::WeightsGradient(const ConvolutionSpec& spec)
    : parts_(parts_of(spec)),
      outputs_(spec.top[1]),
      bottom_size_(spec.bottom.count(1)),
      top_size_(spec.top.count(1)),
      whole_(spec, parts_.each, nullptr) {
  const dnnl::memory::desc weights = whole_.desc.diff_weights_desc();
  if (parts_.has_rest()) rest_.emplace(spec, parts_.rest, &weights);
  set_ = Reorder(weights, whole_.descs.plain_weights, 0);
  add_ = Reorder(weights, whole_.descs.plain_weights, 1);
}

void WeightsGradient::run_part(int64_t part, const float* x, const float* dy) {
  const int64_t first = parts_.first(part);
  const Call& call = rest_ && part == parts_.count - 1 ? *rest_ : whole_;
  call.run(x + first * bottom_size_, dy + first * top_size_, sums_[static_cast<size_t>(part)],
           bias_sums_.data() + part * outputs_);
}

// All parts' sums into the first one's, in their order.
void WeightsGradient::add_up() {
  float* total = static_cast<float*>(sums_[0].get_data_handle());
  const int64_t count = static_cast<int64_t>(sums_[0].get_desc().get_size() / sizeof(float));
  parallel_for(count, grain_of(parts_.count), [&](int64_t begin, int64_t end) {
    for (int64_t part = 1; part < parts_.count; ++part) {
      const auto* more =
          static_cast<const float*>(sums_[static_cast<size_t>(part)].get_data_handle());
      for (int64_t i = begin; i < end; ++i) total[i] += more[i];
    }
  });
}

void WeightsGradient::run(const float* x, const float* dy, std::optional<Tensor> dw,
                          std::optional<Tensor> db) {
  const dnnl::memory::desc& plain = whole_.descs.plain_weights;
  const dnnl::memory::desc desc = whole_.desc.diff_weights_desc();
  while (static_cast<int64_t>(sums_.size()) < parts_.count) sums_.emplace_back(desc, engine());
  bias_sums_.resize(static_cast<size_t>(parts_.count * outputs_));
  parallel_for_throwing(parts_.count, [&](int64_t part) { run_part(part, x, dy); });
  if (dw) {
    add_up();
    const bool add = !dw->empty();
    (add ? add_ : set_).execute(sums_[0], wrap(plain, add ? dw->update() : dw->write()));
  }
  if (db && whole_.descs.with_bias) {
    float* bias = db->update();
    for (size_t i = 0; i < bias_sums_.size(); ++i) {
      bias[static_cast<int64_t>(i) % outputs_] += bias_sums_[i];
    }
  }
}

}  // namespace caffe::onednn
