// From an image to the values of a net's input, as the model's card says:
//
//   out = (crop(resize(image)) - mean) * scale
//
//   resize   OpenCV's linear mode: to height x width; or to a shorter or longer side, in
//   proportion,
//            sides rounded to whole pixels (with both: the shorter side, but no longer than the
//            longer one); where neither is said, to the crop's size, else to the input's
//   crop     the middle; where the card says none, of the input's size
//   order    of the channels: BGR, RGB, gray or L, the lightness of Lab
//   mean     a value, or one for each channel, in that order; or of a file: the mean image, of the
//            size before the crop or after it. Of one of another size the middle is taken, with a
//            warning; one that is too small is an error
//
// Images of a free size (axes of 0 in the card's shape) keep theirs.
#pragma once

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/shape.hpp"
#include "data/mean_image.hpp"
#include "data/pixels.hpp"
#include "model/card.hpp"
#include "model/float_pixels.hpp"

namespace caffe {

using AnyPixels = std::variant<Pixels, FloatPixels>;

class Preprocess {
 public:
  // For an input of the net that has this shape now, N x C x H x W. Reads the mean file.
  Preprocess(const ModelCard& card, const CardInput& input, const Shape& blob);

  // The shape, C x H x W, of what an image of this size becomes; fails when it does not fit.
  Shape shape(int64_t height, int64_t width) const;
  // Writes the values of that shape. `name` is the image's, for messages.
  void prepare(const AnyPixels& image, const std::string& name, float* out);

  // The channels an image is best read with.
  bool is_gray() const { return order_ == PixelOrder::kGray; }
  int64_t channels() const { return channels_; }

 private:
  struct Size {
    int64_t height, width;
    bool operator==(const Size&) const = default;
  };

  void read_mean(const std::string& path);
  void check_order() const;
  Size resized(Size image) const;
  Size cropped(Size image) const;
  // What the mean image subtracts at the crop's first pixel, and the values from a row to the next.
  const float* mean_at(Size resized, Size cropped);
  template <class Image>
  void fill(const Image& image, float* out);
  template <class Image>
  void prepare_as(const Image& image, const std::string& name, float* out);
  void warn_of_units(const FloatPixels& image, const std::string& name);
  // In the log, the first time only.
  template <class... Parts>
  void warn_once(const std::string& about, const Parts&... parts);

  CardInput input_;
  std::string label_;  // for messages: `path: input "data"`
  int64_t channels_ = 0;
  Size extent_{0, 0};  // 0: free
  PixelOrder order_ = PixelOrder::kBgr;
  std::vector<float> mean_values_;  // one a channel
  MeanImage mean_image_;            // no values: none
  std::set<std::string> warned_;
};

// Pixels as a program has them, rows from top to bottom, the channels of a pixel together, named by
// `order`: "BGR", "RGB", "gray", "BGRA" or "RGBA". Fails with kInvalidArgument.
Pixels pixels_of(const uint8_t* values, int64_t height, int64_t width, const std::string& order);
FloatPixels pixels_of(const float* values, int64_t height, int64_t width, const std::string& order);

}  // namespace caffe
