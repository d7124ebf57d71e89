#include "data/mean_image.hpp"

#include "core/error.hpp"
#include "core/shape.hpp"
#include "schema/blob_proto.hpp"
#include "schema/files.hpp"

namespace caffe {

MeanImage read_mean_image(const std::string& path, int64_t channels) {
  const BlobProto proto = read_blob(path);
  const Shape shape(blob_shape(proto));
  const bool is_image = shape.axes() >= 3 && shape.count() > 0 &&
                        shape.count() == static_cast<int64_t>(proto.data.size()) &&
                        shape.count(0, shape.axes() - 3) == 1;
  if (!is_image || shape.dim(-3) != channels) {
    fail(Status::kShape, path, ": expected a mean image of ", channels,
         " channels, as the net's input has, found ", proto.data.size(), " values of shape ",
         shape);
  }
  return {channels, shape.dim(-2), shape.dim(-1), {proto.data.begin(), proto.data.end()}};
}

}  // namespace caffe
