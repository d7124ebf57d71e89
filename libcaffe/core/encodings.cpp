#include "core/encodings.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/threads.hpp"

namespace caffe {

namespace {

// A float's upper half. Half of what is cut off is added first, and one more where the rest is odd;
// a NaN gets a bit that stays.
uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

float from_bf16(uint16_t value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value) << 16);
}

// IEEE 754's binary16, which has 10 bits of mantissa and exponents from -14 to 15.
uint16_t to_f16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  const uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude > 0x7F800000) return sign | 0x7E00;   // NaN
  if (magnitude >= 0x477FF000) return sign | 0x7C00;  // rounds to infinity
  if (magnitude < 0x38800000) {
    // Below the normal numbers: adding 0.5 leaves what is to stay in the lowest bits, rounded.
    const float sum = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(sum) - 0x3F000000));
  }
  const uint32_t rounded = magnitude + 0xFFF + ((magnitude >> 13) & 1);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000) >> 13));
}

float from_f16(uint16_t value) {
  const uint32_t sign = static_cast<uint32_t>(value & 0x8000) << 16;
  const uint32_t magnitude = value & 0x7FFF;
  if (magnitude >= 0x7C00) return std::bit_cast<float>(sign | 0x7F800000 | magnitude << 13);
  // The exponent is 112 too small, which a product makes up for, below the normal numbers as well.
  const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112f;
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(scaled));
}

template <class From, class To, class Each>
void convert_each(const void* from, void* to, int64_t count, const Each& each) {
  const auto* in = static_cast<const From*>(from);
  auto* out = static_cast<To*>(to);
  parallel_for(count, grain_of(1), [&](int64_t i, int64_t end) {
    for (; i < end; ++i) out[i] = each(in[i]);
  });
}

void to_s8(const float* from, float* scales, int8_t* to, int64_t rows, int64_t columns) {
  parallel_for(rows, grain_of(columns), [&](int64_t row, int64_t end) {
    for (; row < end; ++row) {
      const float* in = from + row * columns;
      float most = 0;
      for (int64_t i = 0; i < columns; ++i) {
        if (std::isfinite(in[i])) most = std::max(most, std::fabs(in[i]));
      }
      scales[row] = most / 127;
      for (int64_t i = 0; i < columns; ++i) {
        // The scale of the smallest magnitudes there are is 0.
        const float level = scales[row] == 0 || std::isnan(in[i]) ? 0 : in[i] / scales[row];
        to[row * columns + i] =
            static_cast<int8_t>(std::nearbyint(std::clamp(level, -127.0f, 127.0f)));
      }
    }
  });
}

void from_s8(const float* scales, const int8_t* from, float* to, int64_t rows, int64_t columns) {
  parallel_for(rows, grain_of(columns), [&](int64_t row, int64_t end) {
    for (; row < end; ++row) {
      for (int64_t i = row * columns; i < (row + 1) * columns; ++i) {
        to[i] = scales[row] * static_cast<float>(from[i]);
      }
    }
  });
}

}  // namespace

int64_t encoded_bytes(Encoding encoding, int64_t count, int64_t rows) {
  switch (encoding) {
    case Encoding::kF32:
      return count * 4;
    case Encoding::kBf16:
    case Encoding::kF16:
      return count * 2;
    case Encoding::kS8:
      return rows * 4 + count;
  }
  return 0;
}

void convert(const void* from, Encoding from_encoding, void* to, Encoding to_encoding, int64_t rows,
             int64_t columns) {
  const int64_t count = rows * columns;
  if (to_encoding == Encoding::kBf16)
    return convert_each<float, uint16_t>(from, to, count, to_bf16);
  if (to_encoding == Encoding::kF16) return convert_each<float, uint16_t>(from, to, count, to_f16);
  if (to_encoding == Encoding::kS8) {
    auto* const scales = static_cast<float*>(to);
    return to_s8(static_cast<const float*>(from), scales, reinterpret_cast<int8_t*>(scales + rows),
                 rows, columns);
  }
  if (from_encoding == Encoding::kBf16) {
    return convert_each<uint16_t, float>(from, to, count, from_bf16);
  }
  if (from_encoding == Encoding::kF16) {
    return convert_each<uint16_t, float>(from, to, count, from_f16);
  }
  if (from_encoding == Encoding::kS8) {
    const auto* const scales = static_cast<const float*>(from);
    return from_s8(scales, reinterpret_cast<const int8_t*>(scales + rows), static_cast<float*>(to),
                   rows, columns);
  }
  std::memcpy(to, from, static_cast<size_t>(count) * sizeof(float));
}

}  // namespace caffe
