// What a layer may be besides a Layer: most roles tell of its forward, so that a net can fuse it
// with its neighbours (net/plan.hpp). A layer takes a role by deriving from it, too.
#pragma once

#include <vector>

#include "core/blob.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

// y = scale[c] x + shift[c] for every channel c, which is what lies along axis 1.
struct ChannelCoefficients {
  explicit ChannelCoefficients(int64_t channels)
      : scale(static_cast<size_t>(channels), 1), shift(static_cast<size_t>(channels), 0) {}

  std::vector<double> scale, shift;
};

// The forward is such a function, given by parameters alone.
class AffineRole {
 public:
  virtual ~AffineRole() = default;
  // Whether it is, in this phase and for bottoms of this shape.
  virtual bool is_affine(const Shape& bottom) const = 0;
  // Makes `map` the function that is `map` first and this layer then.
  virtual void follow(ChannelCoefficients& map) const = 0;
};

// The forward is a function of each value.
class ActivationRole {
 public:
  virtual ~ActivationRole() = default;
  // kNone when it is none of those with a name.
  virtual Activation activation() const = 0;
  // kPrelu: the slope of each of so many channels.
  virtual std::vector<float> slopes(int64_t /*channels*/) const { return {}; }
};

// The top is the sum of the bottoms.
class SumRole {
 public:
  virtual ~SumRole() = default;
  virtual bool is_plain_sum() const = 0;
};

// The top is the bottoms' channels one behind the other.
class JoinRole {
 public:
  virtual ~JoinRole() = default;
  virtual bool joins_channels() const = 0;
};

// The top is a convolution of the bottom with parameter 0 as its weights and, where the spec has a
// bias, parameter 1.
class ConvolutionRole {
 public:
  virtual ~ConvolutionRole() = default;
  // As it is now; its own sides are batch x channels x space.
  virtual const ConvolutionSpec& convolution() const = 0;
};

// The tops are the net's inputs: the user fills them.
class InputRole {
 public:
  virtual ~InputRole() = default;
};

// The tops share the bottom's values, but those that change (Layer::top_changes): they are copies.
class AliasRole {
 public:
  virtual ~AliasRole() = default;
};

// The tops are what the program hands to the layer.
class ArraysRole {
 public:
  virtual ~ArraysRole() = default;
  // Replaces what is served by a copy of images of `shape`, N x C x H x W, and N labels, and begins
  // with the first of them. `transform`: as transform_param says.
  virtual void set_arrays(const Shape& shape, const float* data, const float* labels,
                          bool transform) = 0;
};

}  // namespace caffe
