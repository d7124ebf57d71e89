// How a convolution is cut into parts for one thread each. Their number depends on shapes only:
// what is computed part by part is the same for any number of threads, as oneDNN's own division of
// work is not.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "kernels/kernels.hpp"

namespace caffe {

// Some images with some of one side's channels.
struct ConvolutionPart {
  int64_t first_image, images, first_channel, channels;
  size_t kind;  // parts of one kind have the same extents
};

class ConvolutionParts {
 public:
  static constexpr size_t kKinds = 4;
  // A kind of the same channels and (unless it is the same) more images.
  static constexpr size_t with_most_images(size_t kind) { return kind & 1; }

  // All in one.
  ConvolutionParts(int64_t images, int64_t channels) : ConvolutionParts(images, 1, channels, 1) {}
  // At most so many parts of images and of channels, the channels in whole blocks of 16.
  ConvolutionParts(int64_t images, int64_t most_images, int64_t channels, int64_t most_channels);

  int64_t images() const { return images_; }      // parts of them
  int64_t channels() const { return channels_; }  // parts of them
  int64_t count() const { return static_cast<int64_t>(parts_.size()); }
  // Those of the same channels are beside each other.
  const ConvolutionPart& operator[](int64_t i) const { return parts_[static_cast<size_t>(i)]; }
  const ConvolutionPart& first_of_channels(int64_t i) const { return (*this)[i * images_]; }

 private:
  int64_t images_, channels_;
  std::vector<ConvolutionPart> parts_;
};

// Makes a call for each kind of part there is: make(part, the call of the same channels that has
// been made for the most images, or null).
template <class Call, class Make>
void make_calls(const ConvolutionParts& parts,
                std::array<std::optional<Call>, ConvolutionParts::kKinds>& calls,
                const Make& make) {
  for (int64_t i = 0; i < parts.count(); ++i) {
    std::optional<Call>& call = calls[parts[i].kind];
    if (call) continue;
    const std::optional<Call>& other = calls[ConvolutionParts::with_most_images(parts[i].kind)];
    call.emplace(make(parts[i], other ? &*other : nullptr));
  }
}

// What parts cost: each part of images goes through all weights, each part of channels through all
// of the other side's values.
struct PartCosts {
  int64_t image_part, channel_part;
};

// The cheapest parts that keep several threads busy, if so many there may be; at most so many of
// images. With groups the channels stay together.
ConvolutionParts cheapest_parts(const ConvolutionSpec& spec, int64_t channels, PartCosts costs,
                                int64_t most_images = 16);

// The same convolution of another number of images, of bottom channels, of top channels (the last
// two without groups, or of all).
ConvolutionSpec with_images(ConvolutionSpec spec, int64_t images);
ConvolutionSpec with_bottom_channels(ConvolutionSpec spec, int64_t channels);
ConvolutionSpec with_top_channels(ConvolutionSpec spec, int64_t channels);

}  // namespace caffe
