// Pooling on channels-last replicas, a vector of channels at a time. (oneDNN's pooling has neither
// Caffe's ceil mode nor its divisor.)
#include <algorithm>
#include <cfloat>
#include <limits>
#include <vector>

#include "core/threads.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/simd/simd.hpp"
#include "kernels/pooling_window.hpp"

namespace caffe {

namespace {

class CpuPooling final : public Pooling {
 public:
  explicit CpuPooling(const PoolingSpec& spec)
      : spec_(spec), images_(spec.bottom[0]), channels_(spec.bottom[1]) {
    for (int64_t h = 0; h < spec.top[2]; ++h) {
      rows_.emplace_back(h, spec.kernel_h, spec.stride_h, spec.pad_h, spec.bottom[2]);
    }
    for (int64_t w = 0; w < spec.top[3]; ++w) {
      columns_.emplace_back(w, spec.kernel_w, spec.stride_w, spec.pad_w, spec.bottom[3]);
    }
    disjoint_ = spec.stride_h >= spec.kernel_h && spec.stride_w >= spec.kernel_w;
    covers_ = disjoint_ && covered(rows_, spec.bottom[2]) && covered(columns_, spec.bottom[3]);
  }

  void forward(ConstTensor x, Tensor y, std::optional<Tensor> mask) override {
    const float* in = x.read(Place::kHostNhwc);
    float* out = y.write(Place::kHostNhwc);
    const bool maximum = spec_.method == PoolingMethod::kMax;
    const bool remember = maximum && (spec_.training || mask);
    if (remember) places_.resize(static_cast<size_t>(spec_.top.count()));
    const int64_t work = rows_.empty() ? 1 : spec_.bottom.count() / images_ / spec_.top[2] + 1;
    parallel_for(images_ * spec_.top[2], grain_of(work), [&](int64_t begin, int64_t end) {
      for (int64_t task = begin; task < end; ++task) {
        const float* image = in + task / spec_.top[2] * image_size();
        const PoolingWindow& rows = rows_[static_cast<size_t>(task % spec_.top[2])];
        int64_t at = task * spec_.top[3] * channels_;
        for (const PoolingWindow& columns : columns_) {
          if (maximum) {
            maximum_of(image, rows, columns, out + at, remember ? places_.data() + at : nullptr);
          } else {
            simd().loops.average_window(image, taps(rows, columns), channels_,
                                        factor(rows, columns), out + at);
          }
          at += channels_;
        }
      }
    });
    if (!mask) return;
    float* places = mask->write(Place::kHostNhwc);
    for (size_t i = 0; i < places_.size(); ++i) places[i] = static_cast<float>(places_[i]);
  }

  void backward(ConstTensor dy, Tensor dx) override {
    const float* gradient = dy.read(Place::kHostNhwc);
    float* out = dx.write(Place::kHostNhwc);
    const bool maximum = spec_.method == PoolingMethod::kMax;
    const bool overwrite = maximum && disjoint_;
    parallel_for(images_, grain_of(image_size()), [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) {
        float* image = out + n * image_size();
        if (!overwrite || !covers_) std::fill(image, image + image_size(), 0.0f);
        int64_t at = n * spec_.top.count() / images_;
        for (const PoolingWindow& rows : rows_) {
          for (const PoolingWindow& columns : columns_) {
            const PoolingTaps window = taps(rows, columns);
            if (maximum) {
              simd().loops.max_window_backward(gradient + at, places_.data() + at, window,
                                               channels_, overwrite, image);
            } else {
              simd().loops.average_window_backward(gradient + at, window, channels_,
                                                   factor(rows, columns), image);
            }
            at += channels_;
          }
        }
      }
    });
  }

  std::string implementation() const override { return std::string("own ") + simd().name; }

 private:
  // Whether windows that do not overlap leave nothing out.
  static bool covered(const std::vector<PoolingWindow>& windows, int64_t size) {
    int64_t sum = 0;
    for (const PoolingWindow& window : windows) sum += window.end - window.begin;
    return sum == size;
  }

  int64_t image_size() const { return channels_ * spec_.bottom[2] * spec_.bottom[3]; }

  PoolingTaps taps(const PoolingWindow& rows, const PoolingWindow& columns) const {
    return {rows.begin, rows.end, columns.begin, columns.end, spec_.bottom[3]};
  }

  static float factor(const PoolingWindow& rows, const PoolingWindow& columns) {
    return 1.0f / static_cast<float>(average_divisor(rows, columns));
  }

  void maximum_of(const float* image, const PoolingWindow& rows, const PoolingWindow& columns,
                  float* out, int32_t* places) const {
    if (!rows.empty() && !columns.empty()) {
      simd().loops.max_window(image, taps(rows, columns), channels_, out, places);
      return;
    }
    std::fill(out, out + channels_, -FLT_MAX);
    if (places != nullptr) std::fill(places, places + channels_, -1);
  }

  const PoolingSpec spec_;
  const int64_t images_, channels_;
  std::vector<PoolingWindow> rows_, columns_;
  bool disjoint_, covers_;
  std::vector<int32_t> places_;  // of the maxima, in the top's channels-last order
};

}  // namespace

std::unique_ptr<Pooling> CpuKernels::pooling(const PoolingSpec& spec) {
  // Places are 32 bits here.
  if (spec.bottom.count() == 0 ||
      spec.bottom[2] * spec.bottom[3] > std::numeric_limits<int32_t>::max()) {
    return Kernels::pooling(spec);
  }
  return std::make_unique<CpuPooling>(spec);
}

}  // namespace caffe
