// What a fused step does to its results, value by value: functions per channel, a sum, a function.
#pragma once

#include <optional>
#include <vector>

#include "layers/base/layer.hpp"
#include "layers/base/roles.hpp"

namespace caffe {

// Pointers into the net that made it.
struct Followers {
  std::vector<const Layer*> affine;   // first, in this order; layers with the AffineRole
  const Blob* addend = nullptr;       // added then
  const Layer* activation = nullptr;  // at last; a layer with the ActivationRole
};

// What the followers' parameters come to, made anew when one of them has changed.
class FollowerValues {
 public:
  explicit FollowerValues(const Followers& followers) : followers_(followers) {}

  // All affine functions as one.
  ChannelCoefficients coefficients(int64_t channels) const;
  Activation activation() const;
  // Of kPrelu, else nothing.
  std::optional<ConstTensor> slopes(int64_t channels);

 private:
  const Followers followers_;
  std::vector<uint64_t> slopes_versions_;
  Blob slopes_;
};

// The versions of all parameters of the layers: different when one has changed.
std::vector<uint64_t> versions_of(const std::vector<const Layer*>& layers);

// Overwrites the blob, which gets one axis.
void set_values(Blob& blob, const std::vector<double>& values);

}  // namespace caffe
