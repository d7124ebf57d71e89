#include "net/followers.hpp"

#include <algorithm>

namespace caffe {

namespace {

// A layer's other side.
template <class Role>
const Role& role(const Layer& layer) {
  return dynamic_cast<const Role&>(layer);
}

}  // namespace

ChannelCoefficients FollowerValues::coefficients(int64_t channels) const {
  ChannelCoefficients map(channels);
  for (const Layer* layer : followers_.affine) role<AffineRole>(*layer).follow(map);
  return map;
}

Activation FollowerValues::activation() const {
  if (followers_.activation == nullptr) return {};
  return role<ActivationRole>(*followers_.activation).activation();
}

std::optional<ConstTensor> FollowerValues::slopes(int64_t channels) {
  if (activation().kind != Activation::kPrelu) return std::nullopt;
  std::vector<uint64_t> versions = versions_of({followers_.activation});
  if (versions != slopes_versions_) {
    const auto slopes = role<ActivationRole>(*followers_.activation).slopes(channels);
    set_values(slopes_, {slopes.begin(), slopes.end()});
    slopes_versions_ = std::move(versions);
  }
  return std::as_const(slopes_).data();
}

std::vector<uint64_t> versions_of(const std::vector<const Layer*>& layers) {
  std::vector<uint64_t> versions;
  for (const Layer* layer : layers) {
    for (const auto& blob : layer->blobs()) versions.push_back(blob->data_storage()->version());
  }
  return versions;
}

void set_values(Blob& blob, const std::vector<double>& values) {
  blob.reshape({static_cast<int64_t>(values.size())});
  std::transform(values.begin(), values.end(), blob.data().write(),
                 [](double value) { return static_cast<float>(value); });
}

}  // namespace caffe
