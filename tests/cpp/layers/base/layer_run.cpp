#include "cpp/layers/base/layer_run.hpp"

#include <algorithm>
#include <numeric>

#include "layers/base/registry.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe::test {

Values distinct_values(int64_t count, uint64_t seed) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  Rng rng(seed, 7);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  Values values(order.size());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = (static_cast<float>(order[i] - count / 2) + 0.5f) * 0.05f;
  }
  return values;
}

Values values_of(ConstTensor tensor) {
  const float* values = tensor.read();
  return Values(values, values + tensor.count());
}

void set_values(Tensor tensor, const Values& values) {
  CHECK_EQ(static_cast<int64_t>(values.size()), tensor.count());
  std::copy(values.begin(), values.end(), tensor.write());
}

LayerRun::LayerRun(const std::string& text, const std::vector<Input>& inputs, RunOptions options) {
  context_.phase = options.phase;
  context_.kernels = options.kernels != nullptr ? options.kernels : &reference_kernels();
  context_.seed = options.seed;
  net_options_->dialect = options.dialect;
  context_.options = net_options_.get();
  LayerParameter param;
  parse_text(text, param);
  for (size_t i = 0; i < inputs.size(); ++i) {
    param.bottom.push_back(i == 0 ? "data" : i == 1 ? "label" : str("bottom", i));
    own_.push_back(std::make_unique<Blob>(inputs[i].shape));
    bottoms_.push_back(own_.back().get());
    const Values& values = inputs[i].values;
    const int64_t count = inputs[i].shape.count();
    set_bottom(i, values.empty() && count > 0 ? distinct_values(count, options.seed + i) : values);
  }
  for (size_t i = 0; i < options.tops; ++i) {
    if (i == 0 && options.in_place) {
      tops_.push_back(bottoms_[0]);
      continue;
    }
    own_.push_back(std::make_unique<Blob>());
    tops_.push_back(own_.back().get());
  }
  layer_ = make_layer(param, context_);
  for (size_t i = 0; options.tops_change && i < tops_.size(); ++i) layer_->set_top_changes(i);
  layer_->set_up(bottoms_, tops_);
  for (size_t i = 0; i < layer_->blobs().size(); ++i) layer_->set_param_propagate_down(i, true);
}

void LayerRun::forward(int64_t pass) {
  pass_ = pass;
  layer_->set_pass(pass);
  layer_->reshape(bottoms_, tops_);
  layer_->forward(bottoms_, tops_);
}

void LayerRun::backward(const std::vector<bool>& wanted) {
  for (const auto& blob : layer_->blobs()) {
    set_values(blob->diff(), Values(static_cast<size_t>(blob->count())));
  }
  layer_->backward(tops_, wanted, bottoms_);
}

void check_in_place(const std::string& text, const std::vector<Input>& inputs, Phase phase) {
  on_every_backend([&](Kernels& kernels) {
    const auto made = [&](bool in_place) {
      return LayerRun(text, inputs, {phase, 1, in_place, &kernels, 1, "", in_place});
    };
    LayerRun apart = made(false), in_place = made(true);
    for (LayerRun* run : {&apart, &in_place}) run->forward();
    CHECK_CLOSE(in_place.out(), apart.out());
    const int64_t count = apart.top(0).count();
    set_values(in_place.top(0).data(), distinct_values(count, 98));
    for (LayerRun* run : {&apart, &in_place}) {
      run->set_top_diff(0, distinct_values(count, 99));
      run->backward();
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
      CHECK_CLOSE(in_place.bottom_diff(i), apart.bottom_diff(i));
    }
    for (size_t i = 0; i < apart.layer().blobs().size(); ++i) {
      CHECK_CLOSE(in_place.param_diff(i), apart.param_diff(i));
    }
  });
}

void check_close(const Values& values, const Values& expected, const char* file, int line) {
  check_equal(values.size(), expected.size(), "the number of values", file, line);
  for (size_t i = 0; i < values.size(); ++i) {
    if (!near(values[i], expected[i], 1e-4, 1e-5)) {
      failed(file, line,
             str("value ", i, ": ", shown(values[i]), " is not near ", shown(expected[i])));
    }
  }
}

}  // namespace caffe::test
