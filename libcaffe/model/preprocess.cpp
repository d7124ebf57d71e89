#include "model/preprocess.hpp"

#include <algorithm>
#include <cmath>

#include "core/checked.hpp"
#include "core/error.hpp"
#include "core/log.hpp"

namespace caffe {

namespace {

FloatPixels to_floats(const Pixels& image) {
  FloatPixels out(image.height, image.width, image.channels);
  std::copy(image.values.begin(), image.values.end(), out.values.begin());
  return out;
}
const FloatPixels& to_floats(const FloatPixels& image) {
  return image;
}

int64_t rounded(int64_t side, double scale) {
  return std::max<int64_t>(std::llrint(static_cast<double>(side) * scale), 1);
}

template <class Image, class Value>
Image arranged(const Value* values, int64_t height, int64_t width, const std::string& order) {
  const bool bgr = order == "BGR" || order == "BGRA", rgb = order == "RGB" || order == "RGBA";
  if (!bgr && !rgb && order != "gray") {
    fail(Status::kInvalidArgument, "the order of the channels is ", quoted(order),
         ", expected BGR, RGB, gray, BGRA or RGBA");
  }
  if (height < 1 || width < 1) {
    fail(Status::kShape, "an image of ", height, " x ", width, " pixels has none");
  }
  const int64_t stride = order == "gray" ? 1 : static_cast<int64_t>(order.size());
  const int64_t channels = std::min<int64_t>(stride, 3);
  Image image(height, width, channels);
  for (int64_t i = 0; i < height * width; ++i) {
    for (int64_t c = 0; c < channels; ++c) {
      image.values[static_cast<size_t>(i * channels + c)] =
          values[i * stride + (rgb ? channels - 1 - c : c)];
    }
  }
  return image;
}

}  // namespace

Pixels pixels_of(const uint8_t* values, int64_t height, int64_t width, const std::string& order) {
  return arranged<Pixels>(values, height, width, order);
}

FloatPixels pixels_of(const float* values, int64_t height, int64_t width,
                      const std::string& order) {
  FloatPixels image = arranged<FloatPixels>(values, height, width, order);
  const bool finite = std::all_of(image.values.begin(), image.values.end(),
                                  [](float value) { return std::isfinite(value); });
  if (!finite) {
    fail(Status::kInvalidArgument, "the pixels have values that are infinite or no numbers");
  }
  return image;
}

Preprocess::Preprocess(const ModelCard& card, const CardInput& input, const Shape& blob)
    : input_(input), label_(str(card.path, ": input ", quoted(input.name))) {
  if (blob.axes() != 4) {
    fail(Status::kShape, label_, " has the shape ", blob,
         ", expected that of images, N x C x H x W");
  }
  channels_ = blob[1];
  extent_ = {blob[2], blob[3]};
  if (!input.shape.empty()) {
    if (input.shape.size() != 4 || (input.shape[1] != 0 && input.shape[1] != channels_)) {
      fail(Status::kShape, label_,
           ": the shape that the card gives does not fit the definition's, ", blob);
    }
    extent_ = {input.shape[2], input.shape[3]};
  }
  order_ = input.order.value_or(channels_ == 1 ? PixelOrder::kGray : PixelOrder::kBgr);
  check_order();
  const size_t means = input.mean.size();
  if (means > 1 && static_cast<int64_t>(means) != channels_) {
    fail(Status::kShape, label_, ": the mean has ", means, " values, the input ", channels_,
         " channels");
  }
  if (means == 1) {
    mean_values_.assign(static_cast<size_t>(channels_), input.mean[0]);
  } else {
    mean_values_ = input.mean;
  }
  if (means == 0 && !input.mean_file.empty()) read_mean(card.path_of_present(input.mean_file));
}

void Preprocess::check_order() const {
  const bool colors = order_ == PixelOrder::kBgr || order_ == PixelOrder::kRgb;
  if (channels_ == (colors ? 3 : 1)) return;
  fail(Status::kShape, label_, " has ", channels_, " channels, expected ", colors ? 3 : 1,
       " for the order ", colors ? "BGR or RGB" : "gray or L");
}

void Preprocess::read_mean(const std::string& path) {
  if (path.ends_with(".npy") || path.ends_with(".mat")) {
    fail(Status::kUnsupported, path,
         ": the mean has to be a .binaryproto; `python -m caffe.convert ", "mean ", path,
         " mean.binaryproto` makes one");
  }
  mean_image_ = read_mean_image(path, channels_);
}

Preprocess::Size Preprocess::resized(Size image) const {
  if (input_.height != 0) return {input_.height, input_.width};
  if (input_.shorter != 0 || input_.longer != 0) {
    const auto shorter = static_cast<double>(std::min(image.height, image.width));
    const auto longer = static_cast<double>(std::max(image.height, image.width));
    double scale = static_cast<double>(input_.shorter) / shorter;
    const double most = static_cast<double>(input_.longer) / longer;
    if (input_.shorter == 0 || (input_.longer != 0 && most < scale)) scale = most;
    return {rounded(image.height, scale), rounded(image.width, scale)};
  }
  if (input_.crop_height != 0) return {input_.crop_height, input_.crop_width};
  return {extent_.height != 0 ? extent_.height : image.height,
          extent_.width != 0 ? extent_.width : image.width};
}

Preprocess::Size Preprocess::cropped(Size image) const {
  const Size crop{input_.crop_height != 0 ? input_.crop_height
                  : extent_.height != 0   ? extent_.height
                                          : image.height,
                  input_.crop_width != 0 ? input_.crop_width
                  : extent_.width != 0   ? extent_.width
                                         : image.width};
  if (crop.height > image.height || crop.width > image.width) {
    fail(Status::kShape, label_, ": cannot crop ", crop.height, " x ", crop.width,
         " from an image that is ", image.height, " x ", image.width,
         "; the card's resize has to make it as large");
  }
  const bool fits = (extent_.height == 0 || extent_.height == crop.height) &&
                    (extent_.width == 0 || extent_.width == crop.width);
  if (!fits) {
    fail(Status::kShape, label_, " is of ", extent_.height, " x ", extent_.width,
         ", but the card's crop of ", crop.height, " x ", crop.width);
  }
  return crop;
}

Shape Preprocess::shape(int64_t height, int64_t width) const {
  if (height < 1 || width < 1) {
    fail(Status::kShape, label_, ": an image of ", height, " x ", width, " pixels has none");
  }
  const Size size = cropped(resized({height, width}));
  return {channels_, size.height, size.width};
}

void Preprocess::prepare(const AnyPixels& image, const std::string& name, float* out) {
  if (const auto* floats = std::get_if<FloatPixels>(&image)) {
    warn_of_units(*floats, name);
    // Floats that are bytes go the way of bytes, so that the same image has the same values.
    if (const auto bytes = as_bytes(*floats)) return prepare_as(*bytes, name, out);
  }
  std::visit([&](const auto& pixels) { prepare_as(pixels, name, out); }, image);
}

template <class Image>
void Preprocess::prepare_as(const Image& image, const std::string& name, float* out) {
  const Size size = resized({image.height, image.width});
  if (order_ == PixelOrder::kGray) {
    return fill(resize(to_gray(image), size.height, size.width), out);
  }
  if (image.channels == 1) {
    warn_once("grey", name, " is grey: its one channel stands for all three");
  }
  const Image whole = resize(to_bgr(image), size.height, size.width);
  if (order_ == PixelOrder::kLightness) return fill(to_lightness(to_floats(whole)), out);
  fill(whole, out);
}

template <class Image>
void Preprocess::fill(const Image& image, float* out) {
  const Size size{image.height, image.width}, crop = cropped(size);
  const int64_t top = (size.height - crop.height) / 2, left = (size.width - crop.width) / 2;
  const float* mean_image = mean_image_.values.empty() ? nullptr : mean_at(size, crop);
  for (int64_t c = 0; c < channels_; ++c) {
    const int64_t from = order_ == PixelOrder::kRgb ? channels_ - 1 - c : c;
    const float mean = mean_values_.empty() ? 0 : mean_values_[static_cast<size_t>(c)];
    const float* means = mean_image;
    for (int64_t y = 0; y < crop.height; ++y) {
      const auto* in = image.row(top + y) + left * channels_ + from;
      for (int64_t x = 0; x < crop.width; ++x, in += channels_) {
        const float value = static_cast<float>(*in);
        *out++ = (value - (means != nullptr ? means[x] : mean)) * input_.scale;
      }
      if (means != nullptr) means += mean_image_.width;
    }
    if (mean_image != nullptr) mean_image += mean_image_.height * mean_image_.width;
  }
}

const float* Preprocess::mean_at(Size resized, Size cropped) {
  const Size mean{mean_image_.height, mean_image_.width};
  if (mean.height < cropped.height || mean.width < cropped.width) {
    fail(Status::kShape, label_, ": the mean image ", input_.mean_file, " is of ", mean.height,
         " x ", mean.width, ", the input of ", cropped.height, " x ", cropped.width,
         "; give the card the mean of each channel instead (mean: [...])");
  }
  if (mean != resized && mean != cropped) {
    warn_once("mean", label_, ": the mean image ", input_.mean_file, " is of ", mean.height, " x ",
              mean.width, ", the image of ", resized.height, " x ", resized.width, ", and ",
              cropped.height, " x ", cropped.width,
              " when it is cropped; the middle of the mean is taken off");
  }
  return mean_image_.values.data() + (mean.height - cropped.height) / 2 * mean.width +
         (mean.width - cropped.width) / 2;
}

void Preprocess::warn_of_units(const FloatPixels& image, const std::string& name) {
  const auto [least, most] = std::minmax_element(image.values.begin(), image.values.end());
  if (image.values.empty() || *least < 0 || *most > 1 || *most <= 0) return;
  float mean = 0;
  for (const float value : mean_values_) mean = std::max(mean, value);
  for (const float value : mean_image_.values) mean = std::max(mean, value);
  if (mean <= 1 && input_.scale > 0.1f) return;
  warn_once("units", name, ": all values are from 0 to 1, the model's images are from 0 to 255 (",
            mean > 1 ? str("their mean goes up to ", mean) : str("their scale is ", input_.scale),
            "); multiply by 255");
}

template <class... Parts>
void Preprocess::warn_once(const std::string& about, const Parts&... parts) {
  if (warned_.insert(about).second) CAFFE_LOG(kWarning, parts...);
}

}  // namespace caffe
