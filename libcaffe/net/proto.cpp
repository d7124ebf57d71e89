#include "net/proto.hpp"

#include <algorithm>

#include "core/error.hpp"
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
                     const std::string& source) {
  const Shape stored(blob_shape(proto));
  const bool fits = has_legacy_shape(proto) ? legacy_fits(stored, shape) : stored == shape;
  if (!fits) {
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

void copy_from_proto(const BlobProto& proto, Blob& blob) {
  std::copy(proto.data.begin(), proto.data.end(), blob.data().write());
  if (!proto.diff.empty()) std::copy(proto.diff.begin(), proto.diff.end(), blob.diff().write());
}

void copy_to_proto(const Blob& blob, bool diff, BlobProto& proto) {
  proto.shape.mut().dim = blob.shape().dims();
  proto.data.assign(blob.data().read(), blob.count());
  if (diff) proto.diff.assign(blob.diff().read(), blob.count());
}

}  // namespace caffe
