// y_c = x_c / s_c^beta, s_c = k + alpha / size * sum of x_j^2 over the channels j around c, and
// dx_c = dy_c / s_c^beta - 2 alpha beta / size * x_c * sum of dy_j x_j / s_j^(beta + 1) over them.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

// The sum of term(j) over the channels j around c.
template <class Term>
double sum_around(int64_t c, const caffe_lrn_spec& spec, const Term& term) {
  const int64_t reach = spec.size / 2;
  const int64_t end = std::min(c + reach + 1, spec.view.channels);
  double sum = 0;
  for (int64_t j = std::max<int64_t>(c - reach, 0); j < end; ++j) sum += term(j);
  return sum;
}

// Calls body(x's of a place, s's of it, first index, distance of its channels) for every place.
template <class Body>
void for_each_place(const float* x, const caffe_lrn_spec& spec, const Body& body) {
  const auto [outer, channels, inner] = spec.view;
  std::vector<double> values(static_cast<size_t>(channels)), norms(values);
  for (int64_t place = 0; place < outer * inner; ++place) {
    const int64_t first = place / inner * channels * inner + place % inner;
    const auto square = [&](int64_t j) {
      return static_cast<double>(x[first + j * spec.view.inner]) * x[first + j * spec.view.inner];
    };
    for (int64_t c = 0; c < channels; ++c) {
      values[static_cast<size_t>(c)] = x[first + c * inner];
      norms[static_cast<size_t>(c)] =
          spec.k + spec.alpha / static_cast<double>(spec.size) * sum_around(c, spec, square);
    }
    body(values, norms, first, inner);
  }
}

}  // namespace

void lrn(const float* in, caffe_lrn_spec spec, float* out) {
  for_each_place(in, spec, [&](const auto& values, const auto& norms, int64_t at, int64_t step) {
    for (size_t c = 0; c < values.size(); ++c, at += step) {
      out[at] = static_cast<float>(values[c] * std::pow(norms[c], -double{spec.beta}));
    }
  });
}

void lrn_backward(const float* in, const float* gradient, caffe_lrn_spec spec, float* out) {
  const double factor = 2.0 * spec.alpha * spec.beta / static_cast<double>(spec.size);
  std::vector<double> ratios, gradients;
  for_each_place(in, spec, [&](const auto& values, const auto& norms, int64_t at, int64_t step) {
    ratios.clear();
    gradients.clear();
    for (size_t c = 0; c < values.size(); ++c) {
      const double power = std::pow(norms[c], -double{spec.beta});
      const double dy_c = gradient[at + static_cast<int64_t>(c) * step];
      gradients.push_back(dy_c * power);
      ratios.push_back(dy_c * values[c] * power / norms[c]);
    }
    const auto ratio = [&](int64_t j) { return ratios[static_cast<size_t>(j)]; };
    for (size_t c = 0; c < values.size(); ++c, at += step) {
      const double around = sum_around(static_cast<int64_t>(c), spec, ratio);
      out[at] = static_cast<float>(gradients[c] - factor * values[c] * around);
    }
  });
}

}  // namespace caffe::reference
