#include "data/transformer.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "schema/blob_proto.hpp"
#include "schema/files.hpp"
#include "schema/known_fields.hpp"

namespace caffe {

namespace {

// Some forks' transform_param asks for more. A net trained on images treated in another way gives
// wrong answers, so what is not known here is an error.
void check_known(const TransformationParameter& param, const std::vector<std::string>& more) {
  std::vector<std::string> known = {"scale",       "mirror",     "crop_size",
                                    "mean_file",   "crop_h",     "mean_value",
                                    "force_color", "force_gray", "crop_w"};
  known.insert(known.end(), more.begin(), more.end());
  reject_fields_but(param, "transform_param", known);
}

}  // namespace

Transformer::Transformer(const TransformationParameter& param, Phase phase,
                         const std::vector<std::string>& more, CropArea area)
    : param_(param), phase_(phase), area_(area) {
  check_known(param_, more);
  if ((param_.crop_h == 0) != (param_.crop_w == 0) ||
      (param_.crop_h != 0 && param_.crop_size != 0)) {
    fail(Status::kInvalidArgument, "transform_param has crop_size ", param_.crop_size, ", crop_h ",
         param_.crop_h, " and crop_w ", param_.crop_w, ", expected crop_size or both others");
  }
  crop_height_ = param_.crop_h != 0 ? param_.crop_h : param_.crop_size;
  crop_width_ = param_.crop_w != 0 ? param_.crop_w : param_.crop_size;
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
  if (area_ == CropArea::kImage && (crop_height_ > image[1] || crop_width_ > image[2])) {
    fail(Status::kShape, param_.crop_h != 0 ? "crop_h x crop_w is " : "crop_size is ",
         param_.crop_h != 0 ? str(crop_height_, " x ", crop_width_) : str(crop_height_),
         ", the image has ", image[1], " x ", image[2], " pixels");
  }
  if (!mean_.empty() && !(image == mean_shape_)) {
    fail(Status::kShape, "the mean of ", caffe::quoted(param_.mean_file), " has shape ",
         mean_shape_, ", the image ", image);
  }
  check_mean_values(image[0]);
  return crop_height_ == 0 ? image : Shape({image[0], crop_height_, crop_width_});
}

void Transformer::check_mean_values(int64_t channels) const {
  const size_t means = param_.mean_value.size();
  if (means > 1 && static_cast<int64_t>(means) != channels) {
    fail(Status::kShape, "mean_value is given ", means, " times, expected once or once for each ",
         "of the image's ", channels, " channels");
  }
}

CropPlace Transformer::draw(const Shape& image, Rng& rng) const {
  const Shape wanted = shape(image);
  const int64_t rows = std::max<int64_t>(image[1] - wanted[1], 0);
  const int64_t columns = std::max<int64_t>(image[2] - wanted[2], 0);
  CropPlace place{rows / 2, columns / 2, false};
  if (crop_height_ != 0 && phase_ == TRAIN) {
    place.top = static_cast<int64_t>(rng.below(static_cast<uint64_t>(rows + 1)));
    place.left = static_cast<int64_t>(rng.below(static_cast<uint64_t>(columns + 1)));
  }
  place.mirrored = param_.mirror && rng.below(2) == 1;
  return place;
}

void Transformer::transform(const Image& image, const CropPlace& place, float* out) const {
  if (image.bytes != nullptr) {
    transform(image, image.bytes, place, out);
  } else {
    transform(image, image.floats, place, out);
  }
}

template <class Value>
void Transformer::transform(const Image& image, const Value* values, const CropPlace& place,
                            float* out) const {
  const Shape wanted = shape(image.shape());
  const int64_t height = wanted[1], width = wanted[2];
  const int64_t rows = std::min(height, image.height - place.top);  // the rest is padding
  const int64_t columns = std::min(width, image.width - place.left);
  const int64_t step = image.interleaved ? image.channels : 1;
  const float scale = param_.scale;
  for (int64_t channel = 0; channel < image.channels; ++channel) {
    const std::vector<float>& means = param_.mean_value;
    const float mean =
        means.empty() ? 0 : means[means.size() == 1 ? 0 : static_cast<size_t>(channel)];
    for (int64_t y = 0; y < height; ++y, out += width) {
      const int64_t inside = y < rows ? columns : 0;
      std::fill(out + inside, out + width, 0.0f);
      if (inside == 0) continue;
      const int64_t pixel = (place.top + y) * image.width + place.left;
      const int64_t planar = channel * image.height * image.width + pixel;
      const Value* row = values + (image.interleaved ? pixel * step + channel : planar);
      if (mean_.empty()) {
        for (int64_t x = 0; x < inside; ++x) {
          out[x] = (static_cast<float>(row[x * step]) - mean) * scale;
        }
      } else {
        const float* mean_row = mean_.data() + planar;
        for (int64_t x = 0; x < inside; ++x) {
          out[x] = (static_cast<float>(row[x * step]) - mean_row[x]) * scale;
        }
      }
      if (place.mirrored) std::reverse(out, out + width);
    }
  }
}

void Transformer::transform_labels(const Image& labels, const CropPlace& place, float* out,
                                   float padding) const {
  const int64_t height = crop_height_ == 0 ? labels.height : crop_height_;
  const int64_t width = crop_width_ == 0 ? labels.width : crop_width_;
  const int64_t rows = std::min(height, labels.height - place.top);
  const int64_t columns = std::min(width, labels.width - place.left);
  for (int64_t y = 0; y < height; ++y, out += width) {
    const int64_t inside = y < rows ? columns : 0;
    std::fill(out + inside, out + width, padding);
    if (inside == 0) continue;
    std::copy_n(labels.bytes + (place.top + y) * labels.width + place.left, inside, out);
    if (place.mirrored) std::reverse(out, out + width);
  }
}

}  // namespace caffe
