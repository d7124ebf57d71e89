// What SSD does to images before training: other colours, noise, other sizes. What is random is
// drawn from `rng`, as much of it as the parameters ask for.
#pragma once

#include "core/rng.hpp"
#include "data/pixels.hpp"
#include "schema/messages.hpp"

namespace caffe {

// Fail on values that make no sense; the operations below rely on it.
void check_distortion(const DistortionParameter& param);
void check_noise(const NoiseParameter& param);
void check_resize(const ResizeParameter& param);

// Brightness, contrast, saturation, hue and the order of the channels, of an image of three
// channels.
Pixels distort(const Pixels& image, const DistortionParameter& param, Rng& rng);

Pixels add_noise(const Pixels& image, const NoiseParameter& param, Rng& rng);

// Blue, green and red to hue in half degrees, saturation and value of 255, as OpenCV has them.
void to_hsv(Pixels& image);

// By resize_mode: WARP makes it height x width; FIT_SMALL_SIZE keeps the shape and
// makes it at least that; FIT_LARGE_SIZE_AND_PAD keeps it, makes it at most that, and pads.
Pixels resize(const Pixels& image, const ResizeParameter& param, Rng& rng);

}  // namespace caffe
