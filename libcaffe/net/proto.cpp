#include "net/proto.hpp"

#include <algorithm>

#include "core/checked.hpp"

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

// Data and diff may be stored as floats or as doubles.
int64_t stored_count(const FloatArray& floats, const std::vector<double>& doubles) {
  return static_cast<int64_t>(doubles.empty() ? floats.size() : doubles.size());
}

void copy_values(const FloatArray& floats, const std::vector<double>& doubles, float* values) {
  if (doubles.empty()) {
    std::copy(floats.begin(), floats.end(), values);
  } else {
    std::transform(doubles.begin(), doubles.end(), values,
                   [](double value) { return static_cast<float>(value); });
  }
}

}  // namespace

Shape proto_shape(const BlobProto& proto) {
  if (!has_legacy_shape(proto)) return Shape(proto.shape->dim);
  return Shape({proto.num, proto.channels, proto.height, proto.width});
}

void check_blob_fits(const BlobProto& proto, const Shape& shape, const std::string& what,
                     const std::string& source) {
  const Shape stored = proto_shape(proto);
  const bool fits =
      has_legacy_shape(proto) ? legacy_fits(stored, shape) : stored == shape;
  if (!fits) {
    fail(Status::kShape, what, " has shape ", shape, ", ", source, " holds ", stored,
         "; to learn it anew, rename the layer");
  }
  const int64_t count = stored_count(proto.data, proto.double_data);
  if (count != shape.count()) {
    fail(Status::kParse, what, ": ", source, " says shape ", stored, " but holds ", count,
         " values");
  }
  const int64_t diffs = stored_count(proto.diff, proto.double_diff);
  if (diffs != 0 && diffs != shape.count()) {
    fail(Status::kParse, what, ": ", source, " says shape ", stored, " but holds ", diffs,
         " gradients");
  }
}

void copy_from_proto(const BlobProto& proto, Blob& blob) {
  copy_values(proto.data, proto.double_data, blob.data().write());
  if (stored_count(proto.diff, proto.double_diff) != 0) {
    copy_values(proto.diff, proto.double_diff, blob.diff().write());
  }
}

void copy_to_proto(const Blob& blob, bool diff, BlobProto& proto) {
  proto.shape.mut().dim = blob.shape().dims();
  proto.data.assign(blob.data().read(), blob.count());
  if (diff) proto.diff.assign(blob.diff().read(), blob.count());
}

}  // namespace caffe
