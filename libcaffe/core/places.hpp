// The places in which a value may be present at once: where its bytes lie, in which order, and how
// each number is encoded.
#pragma once

#include <cstdint>

namespace caffe {

// kPlain is what users see, the blob's axes row major; kChannelsLast has axis 1 innermost (N x
// spatial x C).
enum class Order : uint8_t { kPlain, kChannelsLast };

// kF32 is what users see. kBf16 and kF16 are the two halves (8 and 11 bits of mantissa). kS8 are
// integers of [-127, 127] times a scale for each index of axis 0: of a weight's outputs, of an
// activation's images.
enum class Encoding : uint8_t { kF32, kBf16, kF16, kS8 };

struct Place {
  uint8_t device = 0;  // Device::index(); 0 is the host
  Order order = Order::kPlain;
  Encoding encoding = Encoding::kF32;

  static const Place kHost, kHostNhwc;

  bool operator==(const Place&) const = default;
  bool on_host() const { return device == 0; }
  bool channels_last() const { return order == Order::kChannelsLast; }
  Place on(uint8_t other) const { return {other, order, encoding}; }
  Place in(Order other) const { return {device, other, encoding}; }
  Place in(Encoding other) const { return {device, order, other}; }
};

inline constexpr Place Place::kHost{};
inline constexpr Place Place::kHostNhwc{0, Order::kChannelsLast, Encoding::kF32};

}  // namespace caffe
