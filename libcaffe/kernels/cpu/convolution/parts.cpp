#include "kernels/cpu/convolution/parts.hpp"

#include <algorithm>

#include "core/divide_up.hpp"

namespace caffe {

namespace {

constexpr int64_t kMostParts = 16;
constexpr int64_t kEnoughParts = 8;
constexpr int64_t kBlock = 16;         // channels that oneDNN has in a vector
constexpr int64_t kFewChannels = 32;   // that a call is still fast with
constexpr int64_t kManyChannels = 64;  // that it is at its best with

Shape replaced(const Shape& shape, int axis, int64_t extent) {
  std::vector<int64_t> dims = shape.dims();
  dims[static_cast<size_t>(axis)] = extent;
  return Shape(dims);
}

}  // namespace

ConvolutionParts::ConvolutionParts(int64_t images, int64_t most_images, int64_t channels,
                                   int64_t most_channels) {
  const int64_t some_images = divide_up(images, most_images);
  int64_t some_channels = channels;
  if (most_channels > 1)
    some_channels = divide_up(divide_up(channels, kBlock), most_channels) * kBlock;
  images_ = divide_up(images, some_images);
  channels_ = divide_up(channels, some_channels);
  for (int64_t channel = 0; channel < channels; channel += some_channels) {
    for (int64_t image = 0; image < images; image += some_images) {
      ConvolutionPart part{image, std::min(some_images, images - image), channel,
                           std::min(some_channels, channels - channel), 0};
      part.kind = (part.images < some_images) * 2u + (part.channels < some_channels);
      parts_.push_back(part);
    }
  }
}

ConvolutionParts cheapest_parts(const ConvolutionSpec& spec, int64_t channels, PartCosts costs,
                                int64_t most_images) {
  const int64_t images = spec.bottom[0];
  most_images = std::min(most_images, kMostParts);
  int64_t best_images = std::min(images, most_images), best_channels = 1;
  const auto cost = [&](int64_t image_parts, int64_t channel_parts) {
    return image_parts * costs.image_part + (channel_parts - 1) * costs.channel_part;
  };
  for (int64_t parts = 2; parts <= kMostParts && spec.group == 1; parts *= 2) {
    const int64_t image_parts = std::min({images, most_images, kMostParts / parts});
    const int64_t count = image_parts * parts, best_count = best_images * best_channels;
    const bool more = best_count < kEnoughParts && count > best_count;
    const bool cheaper = count >= std::min(best_count, kEnoughParts) &&
                         cost(image_parts, parts) < cost(best_images, best_channels);
    const int64_t least = more ? kFewChannels : kManyChannels;
    if (channels < parts * least || !(more || cheaper)) continue;
    best_images = image_parts, best_channels = parts;
  }
  return ConvolutionParts(images, best_images, channels, best_channels);
}

ConvolutionSpec with_images(ConvolutionSpec spec, int64_t images) {
  spec.bottom = replaced(spec.bottom, 0, images);
  spec.top = replaced(spec.top, 0, images);
  return spec;
}

ConvolutionSpec with_bottom_channels(ConvolutionSpec spec, int64_t channels) {
  spec.bottom = replaced(spec.bottom, 1, channels);
  spec.weights = replaced(spec.weights, 1, channels / spec.group);
  return spec;
}

ConvolutionSpec with_top_channels(ConvolutionSpec spec, int64_t channels) {
  spec.top = replaced(spec.top, 1, channels);
  spec.weights = replaced(spec.weights, 0, channels);
  return spec;
}

}  // namespace caffe
