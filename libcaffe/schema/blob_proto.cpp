#include "schema/blob_proto.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

#include "core/divide_up.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/threads.hpp"

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

namespace {

bool has_legacy_shape(const BlobProto& proto) {
  return proto.has_num() || proto.has_channels() || proto.has_height() || proto.has_width();
}

// The same extents once leading ones are dropped from a legacy shape of four axes.
bool legacy_fits(const Shape& legacy, const Shape& shape) {
  if (shape.axes() > 4) return false;
  const int missing = 4 - shape.axes();
  for (int axis = 0; axis < 4; ++axis) {
    if (legacy[axis] != (axis < missing ? 1 : shape[axis - missing])) return false;
  }
  return true;
}

}  // namespace

void check_blob_fits(const BlobProto& proto, const Shape& shape, const std::string& what,
                     const std::string& source, ParamSpec::DimCheckMode mode) {
  const Shape stored(blob_shape(proto));
  const bool fits = has_legacy_shape(proto) ? legacy_fits(stored, shape) : stored == shape;
  if (!fits && (mode == ParamSpec::STRICT || stored.count() != shape.count())) {
    fail(Status::kShape, what, " has shape ", shape, ", ", source, " holds ", stored,
         "; to learn it anew, rename the layer");
  }
  const auto count = static_cast<int64_t>(proto.data.size());
  if (count != shape.count()) {
    fail(Status::kParse, what, ": ", source, " says shape ", stored, " but holds ", count,
         " values");
  }
  const auto diffs = static_cast<int64_t>(proto.diff.size());
  if (diffs != 0 && diffs != shape.count()) {
    fail(Status::kParse, what, ": ", source, " says shape ", stored, " but holds ", diffs,
         " gradients");
  }
}

namespace {

// A piece at a time, so that file and copy do not both take memory.
void fetch(const FloatArray& from, float* to) {
  constexpr int64_t kPiece = 1 << 20;
  const auto count = static_cast<int64_t>(from.size());
  const char* bytes = static_cast<const char*>(from.bytes());
  parallel_for(divide_up(count, kPiece), 1, [&](int64_t first, int64_t last) {
    for (int64_t at = first * kPiece; at < std::min(count, last * kPiece); at += kPiece) {
      const size_t size = static_cast<size_t>(std::min(kPiece, count - at)) * sizeof(float);
      const char* piece = bytes + static_cast<size_t>(at) * sizeof(float);
      std::memcpy(to + at, piece, size);
      release_mapped(from.owner(), piece, size);
    }
  });
}

}  // namespace

void copy_from_proto(const BlobProto& proto, Blob& blob) {
  const FloatArray& data = proto.data;
  if (!data.is_view()) {
    std::copy(data.begin(), data.end(), blob.data().write());
  } else if (data.is_aligned()) {
    float* values = static_cast<float*>(const_cast<void*>(data.bytes()));
    blob.data_storage()->adopt(values, blob.count(), std::const_pointer_cast<void>(data.owner()));
  } else {
    blob.data().fill_later([data](float* to) { fetch(data, to); });
  }
  if (!proto.diff.empty()) std::copy(proto.diff.begin(), proto.diff.end(), blob.diff().write());
}

void copy_to_proto(const Blob& blob, bool diff, BlobProto& proto) {
  proto.shape.mut().dim = blob.shape().dims();
  proto.data.assign(blob.data().read(), blob.count());
  if (diff) proto.diff.assign(blob.diff().read(), blob.count());
}

}  // namespace caffe
