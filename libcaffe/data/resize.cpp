// resize(): each output row is a weighted sum of input rows, each of its values one of input
// columns.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "data/pixels.hpp"

namespace caffe {

namespace {

// Where one output row or column comes from: `weights[0 .. n)` of the inputs first, first + 1, ...,
// those outside of the image taken for the nearest within.
struct Taps {
  int64_t first = 0;
  std::vector<float> weights;
};

using AxisTaps = std::vector<Taps>;

// The input's coordinate under the middle of output `i`, split into a whole part and what is left.
std::pair<int64_t, float> place(int64_t i, double scale) {
  const auto at = static_cast<float>((static_cast<double>(i) + 0.5) * scale - 0.5);
  const float floor = std::floor(at);
  return {static_cast<int64_t>(floor), at - floor};
}

AxisTaps cubic_taps(int64_t from, int64_t to) {
  constexpr float a = -0.75f;
  AxisTaps taps(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    const auto [at, t] = place(i, static_cast<double>(from) / static_cast<double>(to));
    const auto outer = [](float d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
    const auto inner = [](float d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
    taps[static_cast<size_t>(i)] = {at - 1, {outer(t + 1), inner(t), inner(1 - t), outer(2 - t)}};
  }
  return taps;
}

AxisTaps lanczos_taps(int64_t from, int64_t to) {
  constexpr double pi = 3.14159265358979323846;
  AxisTaps taps(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    const auto [at, t] = place(i, static_cast<double>(from) / static_cast<double>(to));
    std::vector<float> weights;
    float sum = 0;
    for (int k = -3; k <= 4; ++k) {
      const double x = pi * (static_cast<double>(t) - k);
      const double weight = std::fabs(x) < 1e-6 ? 1 : 4 * std::sin(x) * std::sin(x / 4) / (x * x);
      weights.push_back(static_cast<float>(weight));
      sum += weights.back();
    }
    for (float& weight : weights) weight /= sum;
    taps[static_cast<size_t>(i)] = {at - 3, std::move(weights)};
  }
  return taps;
}

// The mean of what an output covers; when the image grows in some direction (`mean` is false), a
// mixture of the two inputs an output lies on.
AxisTaps area_taps(int64_t from, int64_t to, bool mean) {
  AxisTaps taps(static_cast<size_t>(to));
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  for (int64_t i = 0; i < to; ++i) {
    const double begin = static_cast<double>(i) * scale;
    const double end = std::min(begin + scale, static_cast<double>(from));
    const auto first = static_cast<int64_t>(begin + 1e-9);
    Taps& tap = taps[static_cast<size_t>(i)];
    tap.first = first;
    if (!mean) {
      const double left = static_cast<double>(i + 1) - static_cast<double>(first + 1) * (1 / scale);
      const double right = left <= 0 ? 0 : left - std::floor(left);
      tap.weights = {static_cast<float>(1 - right), static_cast<float>(right)};
      continue;
    }
    for (int64_t k = first; static_cast<double>(k) < end - 1e-9; ++k) {
      const double covered =
          std::min(end, static_cast<double>(k + 1)) - std::max(begin, static_cast<double>(k));
      tap.weights.push_back(static_cast<float>(covered / (end - begin)));
    }
  }
  return taps;
}

Pixels resize_by(const Pixels& image, const AxisTaps& rows, const AxisTaps& columns) {
  const auto height = static_cast<int64_t>(rows.size());
  const auto width = static_cast<int64_t>(columns.size());
  const int64_t channels = image.channels, line = width * channels;
  // All input rows at their new width, then all output rows of them.
  std::vector<float> narrow(static_cast<size_t>(image.height * line));
  for (int64_t y = 0; y < image.height; ++y) {
    float* out = narrow.data() + y * line;
    const uint8_t* in = image.row(y);
    for (const Taps& taps : columns) {
      for (int64_t c = 0; c < channels; ++c) {
        float sum = 0;
        int64_t x = taps.first;
        for (const float weight : taps.weights) {
          sum += weight * in[std::clamp<int64_t>(x++, 0, image.width - 1) * channels + c];
        }
        *out++ = sum;
      }
    }
  }
  Pixels out(height, width, channels);
  std::vector<float> sums(static_cast<size_t>(line));
  for (int64_t y = 0; y < height; ++y) {
    const Taps& taps = rows[static_cast<size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0.0f);
    int64_t from = taps.first;
    for (const float weight : taps.weights) {
      const float* in = narrow.data() + std::clamp<int64_t>(from++, 0, image.height - 1) * line;
      for (int64_t i = 0; i < line; ++i) sums[static_cast<size_t>(i)] += weight * in[i];
    }
    std::transform(sums.begin(), sums.end(), out.row(y), to_byte);
  }
  return out;
}

Pixels nearest(const Pixels& image, int64_t height, int64_t width) {
  Pixels out(height, width, image.channels);
  const auto source = [](int64_t i, int64_t from, int64_t to) {
    const double scale = 1 / (static_cast<double>(to) / static_cast<double>(from));
    return std::min(static_cast<int64_t>(std::floor(static_cast<double>(i) * scale)), from - 1);
  };
  std::vector<int64_t> columns;
  for (int64_t x = 0; x < width; ++x) {
    columns.push_back(source(x, image.width, width) * image.channels);
  }
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t* from = image.row(source(y, image.height, height));
    uint8_t* to = out.row(y);
    for (const int64_t column : columns) to = std::copy_n(from + column, image.channels, to);
  }
  return out;
}

// Linear as OpenCV does it on 8-bit pixels: weights of 11 bits, and the sum of two rows loses some
// bits on its way.
struct FixedTap {
  int64_t first, second;
  int32_t weights[2];
};

std::vector<FixedTap> linear_taps(int64_t from, int64_t to, bool columns) {
  std::vector<FixedTap> taps;
  const double scale = 1 / (static_cast<double>(to) / static_cast<double>(from));
  for (int64_t i = 0; i < to; ++i) {
    auto [at, part] = place(i, scale);
    if (columns && (at < 0 || at >= from - 1)) part = 0;  // rows keep their part: it rounds so
    const auto fixed = [](float weight) {
      return static_cast<int32_t>(std::nearbyint(weight * 2048));
    };
    taps.push_back({std::clamp<int64_t>(at, 0, from - 1),
                    std::clamp<int64_t>(at + 1, 0, from - 1),
                    {fixed(1 - part), fixed(part)}});
  }
  return taps;
}

Pixels linear(const Pixels& image, int64_t height, int64_t width) {
  const std::vector<FixedTap> rows = linear_taps(image.height, height, false);
  const std::vector<FixedTap> columns = linear_taps(image.width, width, true);
  const int64_t channels = image.channels, line = width * channels;
  Pixels out(height, width, channels);
  // The two input rows last used, at their new width: the next output row often wants them, too.
  std::array<std::vector<int32_t>, 2> lines{std::vector<int32_t>(static_cast<size_t>(line)),
                                            std::vector<int32_t>(static_cast<size_t>(line))};
  std::array<int64_t, 2> held{-1, -1};
  const auto line_of = [&](int64_t y, size_t keep) {  // not into lines[keep]
    for (size_t i : {0, 1}) {
      if (held[i] == y) return i;
    }
    const size_t into = keep == 0 ? 1 : 0;
    const uint8_t* in = image.row(y);
    int32_t* to = lines[into].data();
    for (const FixedTap& tap : columns) {
      const uint8_t* first = in + tap.first * channels;
      const uint8_t* second = in + tap.second * channels;
      for (int64_t c = 0; c < channels; ++c) {
        *to++ = first[c] * tap.weights[0] + second[c] * tap.weights[1];
      }
    }
    held[into] = y;
    return into;
  };
  for (int64_t y = 0; y < height; ++y) {
    const FixedTap& tap = rows[static_cast<size_t>(y)];
    // The second row may be held in the place where the first is about to go.
    const size_t kept = held[0] == tap.second ? 0 : held[1] == tap.second ? 1 : 2;
    const size_t first = line_of(tap.first, kept);
    const size_t second = line_of(tap.second, first);
    const int32_t* a = lines[first].data();
    const int32_t* b = lines[second].data();
    uint8_t* to = out.row(y);
    for (int64_t i = 0; i < line; ++i) {
      const int32_t sum =
          ((tap.weights[0] * (a[i] >> 4)) >> 16) + ((tap.weights[1] * (b[i] >> 4)) >> 16) + 2;
      to[i] = static_cast<uint8_t>(sum >> 2);
    }
  }
  return out;
}

}  // namespace

Pixels resize(const Pixels& image, int64_t height, int64_t width, Interpolation interpolation) {
  check_resize(image, height, width);
  if (height == image.height && width == image.width) return image;
  const bool half = 2 * height == image.height && 2 * width == image.width;
  switch (interpolation) {
    case Interpolation::kNearest:
      return nearest(image, height, width);
    case Interpolation::kLinear:
      return half ? halved(image) : linear(image, height, width);
    case Interpolation::kArea: {
      if (half) return halved(image);
      const bool mean = height <= image.height && width <= image.width;
      return resize_by(image, area_taps(image.height, height, mean),
                       area_taps(image.width, width, mean));
    }
    case Interpolation::kCubic:
      return resize_by(image, cubic_taps(image.height, height), cubic_taps(image.width, width));
    default:
      return resize_by(image, lanczos_taps(image.height, height), lanczos_taps(image.width, width));
  }
}

}  // namespace caffe
