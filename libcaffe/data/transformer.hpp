// What transform_param asks of each image on its way from a data source into a blob:
//
//   out = (crop(image) - mean) * scale, mirrored at random
//
//   scale       1; multiplies after the mean is taken off
//   mirror      false; flips half of the images left to right, in both phases
//   crop_size   0: none; a square, at a random place in TRAIN, in the middle in TEST
//   crop_h, crop_w   0; instead of crop_size a rectangle
//   mean_file   a binaryproto blob of the size of the images, not of the crop
//   mean_value  one for all channels, or one for each
//   force_color, force_gray   for encoded images; others are what they are
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "core/shape.hpp"
#include "schema/messages.hpp"

namespace caffe {

// An image in memory, its values bytes or floats.
struct Image {
  int64_t channels = 0, height = 0, width = 0;
  const uint8_t* bytes = nullptr;
  const float* floats = nullptr;  // when there are no bytes
  bool interleaved = false;       // in memory H x W x C, not C x H x W

  Shape shape() const { return {channels, height, width}; }
};

// What is random about a transformation.
struct CropPlace {
  int64_t top = 0, left = 0;
  bool mirrored = false;
};

// Where a crop may lie: within the image, or where the image is too small also behind its last row
// and column. What lies there is the mean.
enum class CropArea { kImage, kPadded };

class Transformer {
 public:
  // Reads the mean file. Fails on parameters that contradict each other or are not known here;
  // `more` are the fields that whoever uses it takes care of. kPadded goes without a mean file.
  Transformer(const TransformationParameter& param, Phase phase,
              const std::vector<std::string>& more = {}, CropArea area = CropArea::kImage);

  // The shape, C x H x W, of what an image of shape C x H x W becomes; fails when the crop or the
  // mean does not fit it.
  Shape shape(const Shape& image) const;

  // Fails when mean_value is given another number of times than once or once for each channel.
  void check_mean_values(int64_t channels) const;

  // Draws from `rng` only what is random. Where nothing is cropped the place is 0, 0.
  CropPlace draw(const Shape& image, Rng& rng) const;
  // Writes shape(image.shape()).count() values.
  void transform(const Image& image, const CropPlace& place, float* out) const;
  void transform(const Image& image, Rng& rng, float* out) const {
    transform(image, draw(image.shape(), rng), out);
  }
  // Cuts and mirrors only, for labels that lie over an image; behind it there is `padding`.
  void transform_labels(const Image& labels, const CropPlace& place, float* out,
                        float padding = 0) const;

 private:
  void read_mean(const std::string& path);
  template <class Value>
  void transform(const Image& image, const Value* values, const CropPlace& place, float* out) const;

  const TransformationParameter param_;
  const Phase phase_;
  const CropArea area_;
  int64_t crop_height_ = 0, crop_width_ = 0;
  std::vector<float> mean_;  // of mean_file, mean_shape_
  Shape mean_shape_;
};

}  // namespace caffe
