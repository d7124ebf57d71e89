// What transform_param asks of each image on its way from a data source into a blob:
//
//   out = (crop(image) - mean) * scale, mirrored at random
//
//   scale       1; multiplies after the mean is taken off
//   mirror      false; flips half of the images left to right, in both phases
//   crop_size   0: none; a square, at a random place in TRAIN, in the middle in TEST
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

// An image in memory, C x H x W, its values bytes or floats.
struct Image {
  int64_t channels = 0, height = 0, width = 0;
  const uint8_t* bytes = nullptr;
  const float* floats = nullptr;  // when there are no bytes

  Shape shape() const { return {channels, height, width}; }
};

class Transformer {
 public:
  // Reads the mean file. Fails on parameters that contradict each other or are not known here.
  Transformer(const TransformationParameter& param, Phase phase);

  // The shape, C x H x W, of what an image of shape C x H x W becomes; fails when the crop or the
  // mean does not fit it.
  Shape shape(const Shape& image) const;

  // Writes shape(image.shape()).count() values. Draws from `rng` only what is random.
  void transform(const Image& image, Rng& rng, float* out) const;

 private:
  void read_mean(const std::string& path);
  template <class Value>
  void transform(const Image& image, const Value* values, Rng& rng, float* out) const;

  const TransformationParameter param_;
  const Phase phase_;
  std::vector<float> mean_;  // of mean_file, mean_shape_
  Shape mean_shape_;
};

}  // namespace caffe
