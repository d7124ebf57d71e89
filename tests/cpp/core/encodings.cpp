// Floats in fewer bytes: each number against the bits that IEEE 754 says.
#include "core/encodings.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "support/check.hpp"

namespace caffe::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

float of_bits(uint32_t bits) {
  return std::bit_cast<float>(bits);
}

uint16_t half(Encoding encoding, float value) {
  uint16_t out = 0;
  convert(&value, Encoding::kF32, &out, encoding, 1, 1);
  return out;
}

float from_half(Encoding encoding, uint16_t value) {
  float out = 0;
  convert(&value, encoding, &out, Encoding::kF32, 1, 1);
  return out;
}

struct Known {
  float value;
  uint16_t bits;
};

void check_known(Encoding encoding, const std::vector<Known>& all) {
  for (const Known& each : all) {
    CHECK_EQ(half(encoding, each.value), each.bits);
    if (each.value == 0) continue;
    CHECK_EQ(half(encoding, -each.value), static_cast<uint16_t>(each.bits | 0x8000));
  }
}

TEST(encodings_bf16_rounds_to_the_nearest_and_ties_to_even) {
  check_known(Encoding::kBf16, {{0, 0},
                                {1, 0x3F80},
                                {of_bits(0x3F808000), 0x3F80},  // a tie: down to even
                                {of_bits(0x3F808001), 0x3F81},
                                {of_bits(0x3F818000), 0x3F82},  // a tie: up to even
                                {of_bits(0x3F817FFF), 0x3F81},
                                {of_bits(0x00000001), 0x0000},  // below the normal numbers
                                {of_bits(0x00008000), 0x0000},
                                {of_bits(0x00008001), 0x0001},
                                {of_bits(0x00018000), 0x0002},
                                {of_bits(0x007FFFFF), 0x0080},
                                {of_bits(0x7F7F7FFF), 0x7F7F},
                                {of_bits(0x7F7F8000), 0x7F80},  // too large
                                {of_bits(0x7F7FFFFF), 0x7F80},
                                {kInfinity, 0x7F80}});
  CHECK_EQ(half(Encoding::kBf16, -0.0f), uint16_t{0x8000});
}

TEST(encodings_f16_rounds_to_the_nearest_and_ties_to_even) {
  check_known(Encoding::kF16, {{0, 0},
                               {1, 0x3C00},
                               {1 + 0x1p-11f, 0x3C00},  // a tie: down to even
                               {1 + 0x1p-11f + 0x1p-23f, 0x3C01},
                               {1 + 0x3p-11f, 0x3C02},  // a tie: up to even
                               {0.1f, 0x2E66},
                               {0x1p-14f, 0x0400},             // the least normal number
                               {0x1p-14f - 0x1p-25f, 0x0400},  // a tie that rounds up to it
                               {0x1p-14f - 0x1p-24f, 0x03FF},
                               {0x1p-24f, 0x0001},
                               {0x3p-25f, 0x0002},             // a tie
                               {0x1p-25f, 0x0000},             // a tie
                               {of_bits(0x33000001), 0x0001},  // just above it
                               {of_bits(0x00000001), 0x0000},
                               {65504, 0x7BFF},
                               {of_bits(0x477FEFFF), 0x7BFF},  // just below 65520
                               {65520, 0x7C00},
                               {1e10f, 0x7C00},
                               {kInfinity, 0x7C00}});
  CHECK_EQ(half(Encoding::kF16, -0.0f), uint16_t{0x8000});
}

TEST(encodings_keep_a_nan_one) {
  for (const uint32_t bits : {0x7FC00000u, 0x7F800001u, 0x7FA00BADu, 0xFFC00000u, 0xFF80FFFFu}) {
    const float value = of_bits(bits);
    for (const Encoding encoding : {Encoding::kBf16, Encoding::kF16}) {
      const uint16_t encoded = half(encoding, value);
      CHECK(std::isnan(from_half(encoding, encoded)));
      CHECK_EQ(encoded >> 15, static_cast<int>(bits >> 31));
    }
  }
}

TEST(encodings_every_half_comes_back_to_itself) {
  for (const Encoding encoding : {Encoding::kBf16, Encoding::kF16}) {
    for (uint32_t bits = 0; bits < 0x10000; ++bits) {
      const float value = from_half(encoding, static_cast<uint16_t>(bits));
      if (std::isnan(value)) {
        const uint32_t magnitude = bits & 0x7FFF;
        CHECK(magnitude > (encoding == Encoding::kBf16 ? 0x7F80u : 0x7C00u));
        CHECK(std::isnan(from_half(encoding, half(encoding, value))));
      } else {
        CHECK_EQ(half(encoding, value), static_cast<uint16_t>(bits));
      }
    }
  }
}

TEST(encodings_f16_reads_what_the_bits_say) {
  for (uint32_t bits = 0; bits < 0x7C00; ++bits) {
    const int exponent = static_cast<int>(bits >> 10);
    const int mantissa = static_cast<int>(bits & 0x3FF);
    const double wanted =
        exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    CHECK_EQ(double{from_half(Encoding::kF16, static_cast<uint16_t>(bits))}, wanted);
  }
  CHECK_EQ(from_half(Encoding::kF16, 0xFC00), -kInfinity);
}

// A matrix in kS8 and back.
struct Levels {
  Levels(const std::vector<float>& values, int64_t rows)
      : bytes(static_cast<size_t>(
            encoded_bytes(Encoding::kS8, static_cast<int64_t>(values.size()), rows))),
        scales(static_cast<size_t>(rows)),
        back(values.size()) {
    const int64_t columns = static_cast<int64_t>(values.size()) / rows;
    convert(values.data(), Encoding::kF32, bytes.data(), Encoding::kS8, rows, columns);
    std::memcpy(scales.data(), bytes.data(), scales.size() * sizeof(float));
    levels = reinterpret_cast<const int8_t*>(bytes.data() + scales.size() * sizeof(float));
    convert(bytes.data(), Encoding::kS8, back.data(), Encoding::kF32, rows, columns);
  }

  std::vector<unsigned char> bytes;
  std::vector<float> scales;
  const int8_t* levels;
  std::vector<float> back;
};

void check_levels(const Levels& all, const std::vector<int>& wanted) {
  for (size_t i = 0; i < wanted.size(); ++i) CHECK_EQ(int{all.levels[i]}, wanted[i]);
}

TEST(encodings_s8_has_a_scale_for_each_row) {
  const Levels all({127, -127, 1.5f, 2.5f, 254, 2, -3, 1}, 2);
  CHECK_EQ(all.scales[0], 1.0f);
  CHECK_EQ(all.scales[1], 2.0f);
  check_levels(all, {127, -127, 2, 2, 127, 1, -2, 0});  // ties to even
  CHECK_EQ(all.back[1], -127.0f);
  CHECK_EQ(all.back[6], -4.0f);
}

TEST(encodings_s8_of_zeros_and_of_no_numbers) {
  const Levels all({0, 0, 0, kNan, 127, -1, kInfinity, -kInfinity, 2, kNan, kInfinity, kNan}, 4);
  CHECK_EQ(all.scales[0], 0.0f);
  CHECK_EQ(all.scales[3], 0.0f);  // no finite value at all
  check_levels(all, {0, 0, 0, 0, 127, -1, 127, -127, 127, 0, 0, 0});
  CHECK_EQ(all.back[3], 0.0f);
  // Infinities are as large as a row gets.
  CHECK_EQ(all.back[6], 2.0f);
}

// Divided by 127 the smallest magnitudes are nothing.
TEST(encodings_s8_of_the_smallest_numbers) {
  const Levels all({of_bits(1), 0, -of_bits(3), 0}, 1);
  CHECK_EQ(all.scales[0], 0.0f);
  check_levels(all, {0, 0, 0, 0});
}

TEST(encodings_of_nothing) {
  CHECK_EQ(encoded_bytes(Encoding::kF32, 0, 0), 0);
  CHECK_EQ(encoded_bytes(Encoding::kBf16, 3, 1), 6);
  CHECK_EQ(encoded_bytes(Encoding::kF16, 3, 1), 6);
  CHECK_EQ(encoded_bytes(Encoding::kS8, 0, 2), 8);  // scales without values
  for (const Encoding encoding : {Encoding::kBf16, Encoding::kF16, Encoding::kS8}) {
    float there = 7, back = 7;
    convert(&there, Encoding::kF32, &back, encoding, 0, 3);
    convert(&back, encoding, &there, Encoding::kF32, 0, 3);
    CHECK_EQ(there, 7.0f);
    CHECK_EQ(back, 7.0f);
  }
  float scale = 7;
  convert(nullptr, Encoding::kF32, &scale, Encoding::kS8, 1, 0);
  CHECK_EQ(scale, 0.0f);
}

}  // namespace
}  // namespace caffe::test
