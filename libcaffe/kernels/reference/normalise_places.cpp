// L2 normalisation of each place's channels. Sums over channels are taken for some neighbours at
// once, so that reads follow memory in either order of the values.
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

constexpr int64_t kPlaces = 64;

// body(place, first value, neighbours)
template <class Body>
void for_each_places(const caffe_channel_view& view, const Body& body) {
  const int64_t blocks = divide_up(view.inner, kPlaces), size = view.channels * view.inner;
  parallel_for(view.outer * blocks, grain_of(view.channels * std::min(view.inner, kPlaces)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t task = begin; task < end; ++task) {
                   const int64_t n = task / blocks, first = task % blocks * kPlaces;
                   body(n * view.inner + first, n * size + first,
                        std::min(kPlaces, view.inner - first));
                 }
               });
}

// body(channel, neighbour, value) for all of `count` neighbours, in the order of the values.
template <class Body>
void for_each_value(const caffe_channel_view& view, int64_t first, int64_t count,
                    const Body& body) {
  if (view.inner == 1) {  // a loop that vectors are made of
    for (int64_t c = 0; c < view.channels; ++c) body(c, 0, first + c);
    return;
  }
  for (int64_t c = 0; c < view.channels; ++c) {
    for (int64_t i = 0; i < count; ++i) body(c, i, first + c * view.inner + i);
  }
}

// Of all channels.
std::vector<float> factors(const float* scale, int64_t scales, int64_t channels) {
  if (scales == channels) return {scale, scale + channels};
  return std::vector<float>(static_cast<size_t>(channels), *scale);
}

}  // namespace

void normalise_places(const float* x, const float* scale, int64_t scales, float eps,
                      caffe_channel_view view, float* inverse, float* y) {
  const std::vector<float> all = factors(scale, scales, view.channels);
  const float* factor = all.data();
  for_each_places(view, [&](int64_t place, int64_t first, int64_t count) {
    double squares[kPlaces] = {};
    for_each_value(view, first, count,
                   [&](int64_t, int64_t i, int64_t at) { squares[i] += double{x[at]} * x[at]; });
    float* inverses = inverse + place;
    for (int64_t i = 0; i < count; ++i) {
      inverses[i] = static_cast<float>(1 / std::sqrt(squares[i] + eps));
    }
    for_each_value(view, first, count, [&](int64_t c, int64_t i, int64_t at) {
      y[at] = x[at] * inverses[i] * factor[c];
    });
  });
}

void normalise_places_backward(const float* x, const float* dy, const float* scale, int64_t scales,
                               const float* inverse, caffe_channel_view view, float* dx) {
  const std::vector<float> all = factors(scale, scales, view.channels);
  const float* factor = all.data();
  for_each_places(view, [&](int64_t place, int64_t first, int64_t count) {
    double products[kPlaces] = {};
    for_each_value(view, first, count,
                   [&](int64_t, int64_t i, int64_t at) { products[i] += double{dy[at]} * x[at]; });
    const float* inverses = inverse + place;
    float rates[kPlaces];
    for (int64_t i = 0; i < count; ++i) {
      rates[i] = static_cast<float>(products[i] * inverses[i] * inverses[i]);
    }
    for_each_value(view, first, count, [&](int64_t c, int64_t i, int64_t at) {
      dx[at] = factor[c] * inverses[i] * (dy[at] - x[at] * rates[i]);
    });
  });
}

// A thread has channels of its own, so that no sum depends on how many there are.
void normalise_places_backward_scale(const float* x, const float* dy, const float* inverse,
                                     caffe_channel_view view, float* dscale, int64_t scales) {
  constexpr int64_t kChannels = 16;
  std::vector<double> gradient(static_cast<size_t>(view.channels));
  const int64_t places = view.outer * view.inner;
  parallel_for(divide_up(view.channels, kChannels), grain_of(kChannels * places),
               [&](int64_t begin, int64_t end) {
                 const int64_t from = begin * kChannels;
                 const int64_t to = std::min(end * kChannels, view.channels);
                 for (int64_t n = 0; n < view.outer; ++n) {
                   for (int64_t c = from; c < to; ++c) {
                     double& sum = gradient[static_cast<size_t>(c)];
                     const int64_t first = (n * view.channels + c) * view.inner;
                     for (int64_t i = 0; i < view.inner; ++i) {
                       sum += double{dy[first + i]} * x[first + i] * inverse[n * view.inner + i];
                     }
                   }
                 }
               });
  if (scales == 1) {
    double sum = 0;
    for (const double each : gradient) sum += each;
    gradient = {sum};
  }
  for (int64_t c = 0; c < scales; ++c) {
    dscale[c] += static_cast<float>(gradient[static_cast<size_t>(c)]);
  }
}

}  // namespace caffe::reference
