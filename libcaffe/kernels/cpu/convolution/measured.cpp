#include "kernels/cpu/convolution/measured.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/threads.hpp"
#include "core/turn.hpp"
#include "kernels/cpu/convolution/epilogue.hpp"
#include "kernels/cpu/convolution/parts.hpp"

namespace caffe {

namespace {

constexpr int64_t kProducts = 128 << 20;  // what a sample should not have more of: about 1 ms
constexpr double kHopeless = 1.3;         // times the fastest
constexpr Seconds kEnough(5e-3);          // for all repetitions after the first
constexpr int kRepetitions = 3;

// Of a batch as many images as make a sample; where an image is much work the first one does.
ConvolutionSpec sample_of(const ConvolutionSpec& spec) {
  const int64_t products = spec.top.count(1) * spec.weights.count(1);
  const int64_t images = std::clamp<int64_t>(kProducts / products, 1, spec.bottom[0]);
  return with_images(spec, images);
}

// The operands of a forward, and of one on a sample of them.
struct Operands {
  ConstTensor x, w;
  std::optional<ConstTensor> b;
  FusedOperands fused;
};

class Sample {
 public:
  Sample(const ConvolutionSpec& spec, const ConvolutionSpec& whole, const Operands& operands,
         const std::function<Seconds()>& now)
      : operands_(operands), now_(now), y_(joint_shape(spec)) {
    if (spec.bottom == whole.bottom) return;
    operands_.x = first_images(operands.x.as(whole.bottom), spec.bottom, x_);
    if (operands.fused.addend) {
      operands_.fused.addend =
          first_images(operands.fused.addend->as(whole.top), spec.top, addend_);
    }
  }

  Seconds run(Convolution& convolution) {
    const Seconds begin = now_();
    convolution.forward(operands_.x, operands_.w, operands_.b, operands_.fused, y_.data());
    return now_() - begin;
  }

 private:
  static ConstTensor first_images(const ConstTensor& from, const Shape& shape, Blob& to) {
    to.reshape(shape);
    std::copy_n(from.read(Place::kHostNhwc), shape.count(), to.data().write(Place::kHostNhwc));
    return std::as_const(to).data();
  }

  Operands operands_;
  const std::function<Seconds()>& now_;
  Blob x_, addend_, y_;
};

struct Contender {
  const ConvolutionCandidate* candidate = nullptr;
  std::unique_ptr<Convolution> convolution = nullptr;
  Seconds time = Seconds::max();
};

void drop_slow(std::vector<Contender>& contenders) {
  Seconds best = Seconds::max();
  for (const Contender& each : contenders) best = std::min(best, each.time);
  std::erase_if(contenders, [&](const Contender& each) { return each.time > kHopeless * best; });
}

// The fastest one.
Contender fastest(const std::vector<ConvolutionCandidate>& candidates, const ConvolutionSpec& spec,
                  Sample& sample) {
  std::vector<Contender> contenders;
  for (const ConvolutionCandidate& candidate : candidates) {
    try {
      Contender contender{&candidate, candidate.make(spec)};
      sample.run(*contender.convolution);  // weights are packed once
      contenders.push_back(std::move(contender));
    } catch (const std::exception&) {  // memory may be short for this one
      if (contenders.empty() && &candidate == &candidates.back()) throw;
    }
  }
  // In turns, so that none finds its weights in a cache that a net would not leave them in.
  Seconds spent(0);
  for (int i = 0; i < kRepetitions && contenders.size() > 1 && spent < kEnough; ++i) {
    for (Contender& each : contenders) {
      const Seconds time = sample.run(*each.convolution);
      each.time = std::min(each.time, time);
      if (i > 0) spent += time;
    }
    drop_slow(contenders);
  }
  return std::move(
      *std::min_element(contenders.begin(), contenders.end(),
                        [](const Contender& a, const Contender& b) { return a.time < b.time; }));
}

class MeasuredConvolution final : public Convolution {
 public:
  MeasuredConvolution(const ConvolutionSpec& spec, std::vector<ConvolutionCandidate> candidates,
                      ConvolutionChoices& choices, std::function<Seconds()> now)
      : spec_(spec), candidates_(std::move(candidates)), choices_(choices), now_(std::move(now)) {}

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b,
               const FusedOperands& fused, Tensor y) override {
    if (threads_ != num_threads()) choose({x, w, b, fused});
    chosen_->forward(x, w, b, fused, y);
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    direct().backward_data(dy, w, dx);
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    direct().backward_weights(x, dy, dw, db);
  }

  std::string implementation() const override {
    return chosen_ == nullptr ? "chosen by the first forward" : chosen_->implementation();
  }

 private:
  void choose(const Operands& operands) {
    const int threads = num_threads();
    const ConvolutionSpec sample = sample_of(spec_);
    const std::string key = convolution_key(sample, threads);
    if (!known(key)) {
      if (!choices_.worth_measuring(convolution_family(sample, threads), key)) {
        threads_ = 0;  // the next forward asks again
        return take(candidates_[0]);
      }
      measure(sample, key, operands);
    }
    threads_ = threads;
  }

  bool known(const std::string& key) {
    const std::optional<std::string> name = choices_.find(key);
    const auto found = std::find_if(candidates_.begin(), candidates_.end(),
                                    [&](const auto& each) { return each.name == name; });
    if (found == candidates_.end()) return false;
    take(*found);
    return true;
  }

  // One at a time, so that measurements do not disturb each other.
  void measure(const ConvolutionSpec& sample_spec, const std::string& key,
               const Operands& operands) {
    static Turn turn;
    const std::lock_guard<Turn> lock(turn);
    if (known(key)) return;
    chosen_.reset();
    Contender best;
    try {
      Sample sample(sample_spec, spec_, operands, now_);
      best = fastest(candidates_, sample_spec, sample);
    } catch (const std::exception&) {  // no memory to try them: it may do for the first
      return take(candidates_[0]);
    }
    choices_.remember(key, best.candidate->name);
    if (sample_spec.bottom == spec_.bottom) {
      chosen_ = std::move(best.convolution), name_ = best.candidate->name;
    } else {
      best.convolution.reset();
      take(*best.candidate);
    }
  }

  // What it was before stays when it is the same; it follows the number of threads itself.
  void take(const ConvolutionCandidate& candidate) {
    if (chosen_ != nullptr && name_ == candidate.name) return;
    chosen_.reset();  // before the next one is made
    chosen_ = candidate.make(spec_);
    name_ = candidate.name;
  }

  // Gradients are seldom asked for in inference.
  Convolution& direct() {
    if (direct_ == nullptr) direct_ = candidates_[0].make(spec_);
    return *direct_;
  }

  const ConvolutionSpec spec_;
  const std::vector<ConvolutionCandidate> candidates_;
  ConvolutionChoices& choices_;
  const std::function<Seconds()> now_;
  int threads_ = 0;  // that it is chosen for; 0: for none yet
  std::string name_;
  std::unique_ptr<Convolution> chosen_, direct_;
};

}  // namespace

std::unique_ptr<Convolution> measured_convolution(const ConvolutionSpec& spec,
                                                  std::vector<ConvolutionCandidate> candidates,
                                                  ConvolutionChoices& choices,
                                                  std::function<Seconds()> now) {
  return std::make_unique<MeasuredConvolution>(spec, std::move(candidates), choices,
                                               std::move(now));
}

}  // namespace caffe
