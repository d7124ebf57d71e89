// What the wire reader and writer share: wire types, and which kind of field uses which.
#pragma once

#include <bit>

#include "schema/message.hpp"

namespace caffe::schema {

static_assert(std::endian::native == std::endian::little, "floats are read and written in place");

enum class WireType : uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5
};

// The wire type of one value of that kind.
inline WireType wire_type(Kind kind) {
  switch (kind) {
    case Kind::kFloat:
      return WireType::kFixed32;
    case Kind::kDouble:
      return WireType::kFixed64;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kMessage:
      return WireType::kBytes;
    default:
      return WireType::kVarint;
  }
}

inline uint32_t wire_tag(int32_t number, WireType type) {
  return static_cast<uint32_t>(number) << 3 | static_cast<uint32_t>(type);
}

}  // namespace caffe::schema
