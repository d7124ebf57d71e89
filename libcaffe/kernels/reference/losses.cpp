// Losses and what scores them. Sums are in double precision, the same for any number of threads.
#include <algorithm>
#include <cfloat>
#include <cmath>

#include "core/threads.hpp"
#include "kernels/cross_entropy.hpp"
#include "kernels/reference/reference.hpp"
#include "kernels/smooth_l1.hpp"

namespace caffe::reference {

namespace {

// Where the value of channel 0 of item i lies; the next channel's lies `inner` behind.
int64_t item_place(const caffe_channel_view& view, int64_t i) {
  return i / view.inner * view.channels * view.inner + i % view.inner;
}

}  // namespace

void softmax_loss(const float* p, const float* labels, const float* weights,
                  caffe_channel_view view, double divisor, float* each, float* loss) {
  const double sum = parallel_sum(view.outer * view.inner, [&](int64_t i) {
    const auto label = static_cast<int64_t>(labels[i]);
    float own = 0;
    if (label >= 0) {
      const float weight = weights == nullptr ? 1 : weights[label];
      own = -weight * std::log(std::max(p[item_place(view, i) + label * view.inner], FLT_MIN));
    }
    if (each != nullptr) each[i] = own;
    return double{own};
  });
  *loss = static_cast<float>(sum / divisor);
}

void softmax_loss_backward(const float* p, const float* labels, const float* weights,
                           caffe_channel_view view, float scale, float* dx) {
  const int64_t size = view.channels * view.inner;
  parallel_for(view.outer, grain_of(size), [&](int64_t begin, int64_t end) {
    for (int64_t at = begin * size; at < end * size; ++at) dx[at] = p[at] * scale;
    for (int64_t i = begin * view.inner; i < end * view.inner; ++i) {
      const auto label = static_cast<int64_t>(labels[i]);
      float* item = dx + item_place(view, i);
      if (label >= 0) item[label * view.inner] -= scale;
      if (label >= 0 && weights == nullptr) continue;
      const float factor = label < 0 ? 0 : weights[label];
      for (int64_t c = 0; c < view.channels; ++c) {
        float& value = item[c * view.inner];
        value = factor == 0 ? 0 : value * factor;
      }
    }
  });
}

void sigmoid_cross_entropy(const float* x, const float* targets, int ignores, float ignored,
                           double divisor, float* gradient, float* loss, int64_t count) {
  const double sum = parallel_sum(count, [&](int64_t i) {
    if (ignores != 0 && std::trunc(targets[i]) == ignored) {
      gradient[i] = 0;
      return 0.0;
    }
    const CrossEntropy own(x[i], targets[i]);
    gradient[i] = own.slope;
    return own.value;
  });
  *loss = static_cast<float>(sum / divisor);
}

void smooth_l1(const float* a, const float* b, const float* inside, const float* outside,
               float sigma, double divisor, float* gradient, float* loss, int64_t count) {
  const SmoothL1 f(sigma);
  const double sum = parallel_sum(count, [&](int64_t i) {
    const float in = inside == nullptr ? 1 : inside[i];
    const float out = outside == nullptr ? 1 : outside[i];
    const float d = in * (a[i] - b[i]);
    gradient[i] = in * out * f.slope(d);
    return out * f.value(d);
  });
  *loss = static_cast<float>(sum / divisor);
}

void accuracy(const float* scores, const float* labels, caffe_channel_view view, int64_t top_k,
              int ranks_ties, float* right) {
  parallel_for(view.outer * view.inner, grain_of(view.channels), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto label = static_cast<int64_t>(labels[i]);
      right[i] = 0;
      if (label < 0) continue;
      const float* item = scores + item_place(view, i);
      const float own = item[label * view.inner];
      int64_t higher = 0;
      for (int64_t c = 0; c < view.channels; ++c) {
        const float other = item[c * view.inner];
        if (c == label || other < own) continue;
        if (!(ranks_ties != 0 && c < label && other == own)) ++higher;
      }
      // A single class leaves nothing to compare with.
      right[i] = own == own && higher < top_k ? 1 : 0;
    }
  });
}

void contrastive_loss(const float* squares, const float* similar, float margin, int legacy,
                      double divisor, float* slopes, float* loss, int64_t items) {
  const double wanted = margin;
  const double sum = parallel_sum(items, [&](int64_t n) {
    const double square = squares[n];
    if (std::fabs(similar[n]) >= 1) {
      slopes[n] = 1;
      return square;
    }
    if (legacy != 0) {
      slopes[n] = wanted - square > 0 ? -1 : 0;
      return std::max(wanted - square, 0.0);
    }
    const double distance = std::sqrt(square), missing = std::max(wanted - distance, 0.0);
    slopes[n] = static_cast<float>(-missing / (distance + 1e-4));
    return missing * missing;
  });
  *loss = static_cast<float>(sum / divisor);
}

void hinge_loss(const float* x, const float* labels, caffe_channel_view view, int squared,
                double divisor, float* margins, float* loss) {
  const int64_t classes = view.channels;
  parallel_for(view.outer, grain_of(classes), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * classes; i < end * classes; ++i) margins[i] = x[i] > -1 ? 1 + x[i] : 0;
    for (int64_t n = begin; n < end; ++n) {
      const int64_t at = n * classes + static_cast<int64_t>(labels[n]);
      margins[at] = x[at] < 1 ? x[at] - 1 : 0;
    }
  });
  const int reduction = squared != 0 ? CAFFE_SUM_OF_SQUARES : CAFFE_SUM_OF_MAGNITUDES;
  *loss = static_cast<float>(total(reduction, margins, margins, view.outer * classes) / divisor);
}

namespace {

constexpr float kLeastProbability = 1e-20f;

}  // namespace

void infogain_loss(const float* p, const float* labels, const float* gains, caffe_channel_view view,
                   double divisor, float* loss) {
  const double sum = parallel_sum(view.outer * view.inner, [&](int64_t i) {
    const auto label = static_cast<int64_t>(labels[i]);
    if (label < 0) return 0.0;
    const float* item = p + item_place(view, i);
    const auto log_of = [&](int64_t c) {
      return std::log(std::max(item[c * view.inner], kLeastProbability));
    };
    if (gains == nullptr) return -double{log_of(label)};
    double own = 0;
    for (int64_t c = 0; c < view.channels; ++c) own -= gains[label * view.channels + c] * log_of(c);
    return own;
  });
  *loss = static_cast<float>(sum / divisor);
}

void infogain_loss_backward(const float* p, const float* labels, const float* gains,
                            caffe_channel_view view, float scale, float* dx) {
  parallel_for(view.outer * view.inner, grain_of(2 * view.channels),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   const auto label = static_cast<int64_t>(labels[i]);
                   const float* gain = gains + std::max<int64_t>(label, 0) * view.channels;
                   double sum = 0;
                   for (int64_t c = 0; label >= 0 && c < view.channels; ++c) sum += gain[c];
                   for (int64_t c = 0; c < view.channels; ++c) {
                     const int64_t at = item_place(view, i) + c * view.inner;
                     dx[at] = label < 0 ? 0 : static_cast<float>((p[at] * sum - gain[c]) * scale);
                   }
                 }
               });
}

void multinomial_logistic_backward(const float* p, const float* labels, caffe_channel_view view,
                                   float scale, float* dp) {
  const int64_t size = view.channels * view.inner;
  parallel_for(view.outer, grain_of(size), [&](int64_t begin, int64_t end) {
    std::fill_n(dp + begin * size, (end - begin) * size, 0.0f);
    for (int64_t i = begin * view.inner; i < end * view.inner; ++i) {
      const auto label = static_cast<int64_t>(labels[i]);
      if (label < 0) continue;
      const int64_t at = item_place(view, i) + label * view.inner;
      dp[at] = -scale / std::max(p[at], kLeastProbability);
    }
  });
}

}  // namespace caffe::reference
