#include "schema/blob_proto.hpp"

#include <bit>
#include <cstring>

#include "core/error.hpp"

namespace caffe {
namespace {

void take_doubles(std::vector<double>& from, FloatArray& to) {
  if (from.empty()) return;
  std::vector<float>& floats = to.own();
  floats.clear();
  floats.reserve(from.size());
  for (const double value : from) floats.push_back(static_cast<float>(value));
  std::vector<double>().swap(from);
}

template <class T>
void append_as_floats(const std::string& bytes, std::vector<float>& out) {
  if (bytes.size() % sizeof(T) != 0) {
    fail(Status::kParse, "a blob's raw values have ", bytes.size(), " bytes, no multiple of ",
         sizeof(T));
  }
  out.reserve(bytes.size() / sizeof(T));
  for (size_t at = 0; at < bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    if constexpr (std::is_same_v<T, uint16_t>) {
      out.push_back(half_to_float(value));
    } else {
      out.push_back(static_cast<float>(value));
    }
  }
}

void take_raw(std::string& bytes, BlobProto::RawType type, FloatArray& to) {
  if (bytes.empty()) return;
  to.clear();
  std::vector<float>& out = to.own();
  switch (type) {
    case BlobProto::DOUBLE:
      append_as_floats<double>(bytes, out);
      break;
    case BlobProto::FLOAT:
      append_as_floats<float>(bytes, out);
      break;
    case BlobProto::FLOAT16:
      append_as_floats<uint16_t>(bytes, out);
      break;
    case BlobProto::INT:
      append_as_floats<int32_t>(bytes, out);
      break;
    case BlobProto::UINT:
      append_as_floats<uint32_t>(bytes, out);
      break;
    case BlobProto::BOOL:
      fail(Status::kUnsupported, "raw values of type BOOL are not supported");
  }
  std::string().swap(bytes);
}

}  // namespace

std::vector<int64_t> blob_shape(const BlobProto& blob) {
  if (blob.has_shape()) return blob.shape->dim;
  if (blob.has_num() || blob.has_channels() || blob.has_height() || blob.has_width()) {
    return {blob.num, blob.channels, blob.height, blob.width};
  }
  return {};
}

void use_floats(BlobProto& blob) {
  take_doubles(blob.double_data, blob.data);
  take_doubles(blob.double_diff, blob.diff);
  take_raw(blob.raw_data, blob.raw_data_type, blob.data);
  take_raw(blob.raw_diff, blob.raw_diff_type, blob.diff);
  blob.clear_raw_data_type();
  blob.clear_raw_diff_type();
}

float half_to_float(uint16_t half) {
  const uint32_t sign = uint32_t{half} << 16 & 0x80000000u;
  const uint32_t exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
  if (exponent == 0) {  // zero and what is smaller than 2^-14
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 0x1f ? 0xff : exponent + (127 - 15);
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

}  // namespace caffe
