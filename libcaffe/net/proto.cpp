#include "net/proto.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/threads.hpp"
#include "schema/blob_proto.hpp"

namespace caffe {

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
  parallel_for((count + kPiece - 1) / kPiece, 1, [&](int64_t first, int64_t last) {
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
