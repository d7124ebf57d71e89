// Bias: y = x + b, where b is the same along all axes but those it covers.
//
//   axis      1: the first of the bottom's axes that b covers; negative ones count from the last
//   num_axes  1: how many it covers, when it is a parameter: 0 is one value for all, -1 all axes
//             from `axis` on
//   filler    constant 0
//
// Bottoms: x of any shape, and optionally b, whose axes must be x's from `axis` on; without the
// second bottom b is the parameter. Top: x's shape; in place is allowed.
//
//   layer { name: "bias" type: "Bias" bottom: "conv" top: "bias" bias_param { axis: 1 } }
#include "layers/base/coefficients.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class BiasLayer final : public CoefficientLayer, public AffineRole {
 public:
  static constexpr auto coordinates = same_coordinates;
  using CoefficientLayer::CoefficientLayer;

  void init(const BlobPointers& bottom, const BlobPointers& /*top*/) override {
    const BiasParameter& wanted = *param().bias_param;
    init_coefficients(bottom, "bias_param", wanted.axis, wanted.num_axes,
                      wanted.has_filler() ? &*wanted.filler : nullptr, 0);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().channel_map(bottom[0]->data(), {{}, {}, coefficients(bottom).data()}, view_,
                          top[0]->data());
  }

  bool is_affine(const Shape& bottom) const override { return covers_channels(bottom); }
  void follow(ChannelCoefficients& map) const override {
    const float* shift = blobs()[0]->data().read();
    for (size_t c = 0; c < map.shift.size(); ++c) map.shift[c] += shift[c];
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    const Tensor dy = top[0]->diff();
    if (wants_gradient(propagate_down)) give_sums(dy, {}, bottom);
    if (propagate_down[0]) kernels().copy(dy, bottom[0]->diff());
  }
};

const LayerRegistration<BiasLayer> registration("Bias");

}  // namespace
}  // namespace caffe
