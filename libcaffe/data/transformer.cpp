#include "data/transformer.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "schema/blob_proto.hpp"
#include "schema/files.hpp"
#include "schema/reflection.hpp"

namespace caffe {

namespace {

// Some forks' transform_param asks for more. A net trained on images treated in another way gives
// wrong answers, so what is not known here is an error.
void check_known(const TransformationParameter& param) {
  const std::vector<std::string> known = {"scale",      "mirror",      "crop_size", "mean_file",
                                          "mean_value", "force_color", "force_gray"};
  for (const schema::Field& field : param.message_type().fields) {
    if (!schema::has(field, param)) continue;
    if (std::find(known.begin(), known.end(), field.name) == known.end()) {
      fail(Status::kUnsupported, "transform_param.", field.name, " is not supported");
    }
  }
}

}  // namespace

Transformer::Transformer(const TransformationParameter& param, Phase phase)
    : param_(param), phase_(phase) {
  check_known(param_);
  if (!param_.mean_file.empty() && !param_.mean_value.empty()) {
    fail(Status::kInvalidArgument, "transform_param has mean_file and mean_value, expected one");
  }
  if (param_.force_color && param_.force_gray) {
    fail(Status::kInvalidArgument, "transform_param has force_color and force_gray, expected one");
  }
  if (!param_.mean_file.empty()) read_mean(param_.mean_file);
}

void Transformer::read_mean(const std::string& path) {
  const BlobProto proto = read_blob(path);
  const Shape shape(blob_shape(proto));
  mean_.assign(proto.data.begin(), proto.data.end());
  if (static_cast<int64_t>(mean_.size()) != shape.count() || shape.axes() < 3 ||
      shape.count(0, shape.axes() - 3) != 1) {
    fail(Status::kShape, "mean file ", caffe::quoted(path), ": expected one image, found ",
         mean_.size(), " values of shape ", shape);
  }
  mean_shape_ = Shape({shape.dim(-3), shape.dim(-2), shape.dim(-1)});
}

Shape Transformer::shape(const Shape& image) const {
  const int64_t crop = param_.crop_size;
  if (crop > image[1] || crop > image[2]) {
    fail(Status::kShape, "crop_size is ", crop, ", the image has ", image[1], " x ", image[2],
         " pixels");
  }
  if (!mean_.empty() && !(image == mean_shape_)) {
    fail(Status::kShape, "the mean of ", caffe::quoted(param_.mean_file), " has shape ",
         mean_shape_, ", the image ", image);
  }
  const size_t means = param_.mean_value.size();
  if (means > 1 && static_cast<int64_t>(means) != image[0]) {
    fail(Status::kShape, "mean_value is given ", means, " times, expected once or once for each ",
         "of the image's ", image[0], " channels");
  }
  return crop == 0 ? image : Shape({image[0], crop, crop});
}

void Transformer::transform(const Image& image, Rng& rng, float* out) const {
  if (image.bytes != nullptr) {
    transform(image, image.bytes, rng, out);
  } else {
    transform(image, image.floats, rng, out);
  }
}

template <class Value>
void Transformer::transform(const Image& image, const Value* values, Rng& rng, float* out) const {
  const Shape wanted = shape(image.shape());
  const int64_t height = wanted[1], width = wanted[2];
  int64_t top = (image.height - height) / 2, left = (image.width - width) / 2;
  if (param_.crop_size != 0 && phase_ == TRAIN) {
    top = static_cast<int64_t>(rng.below(static_cast<uint64_t>(image.height - height + 1)));
    left = static_cast<int64_t>(rng.below(static_cast<uint64_t>(image.width - width + 1)));
  }
  const bool mirrored = param_.mirror && rng.below(2) == 1;
  const float scale = param_.scale;
  for (int64_t channel = 0; channel < image.channels; ++channel) {
    const std::vector<float>& means = param_.mean_value;
    const float mean =
        means.empty() ? 0 : means[means.size() == 1 ? 0 : static_cast<size_t>(channel)];
    for (int64_t y = 0; y < height; ++y, out += width) {
      const int64_t begin = (channel * image.height + top + y) * image.width + left;
      const Value* row = values + begin;
      if (mean_.empty()) {
        for (int64_t x = 0; x < width; ++x) {
          out[x] = (static_cast<float>(row[x]) - mean) * scale;
        }
      } else {
        const float* mean_row = mean_.data() + begin;
        for (int64_t x = 0; x < width; ++x) {
          out[x] = (static_cast<float>(row[x]) - mean_row[x]) * scale;
        }
      }
      if (mirrored) std::reverse(out, out + width);
    }
  }
}

}  // namespace caffe
