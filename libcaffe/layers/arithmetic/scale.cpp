// Scale: y = a x + b, where a and b are the same along all axes but those they cover.
//
//   axis         1: the first of the bottom's axes that a covers; negative ones count from the last
//   num_axes     1: how many it covers, when it is a parameter: 0 is one value for all, -1 all axes
//                from `axis` on
//   filler       constant 1, of a
//   bias_term    false: b is 0; true: it is a parameter
//   bias_filler  constant 0
//
// Bottoms: x of any shape, and optionally a, whose axes must be x's from `axis` on. Top: x's shape;
// in place is allowed. Parameters: a, unless it is the second bottom, then b, of a's shape.
//
//   layer { name: "scale" type: "Scale" bottom: "norm" top: "norm"
//     scale_param { bias_term: true } }
#include <utility>

#include "layers/base/coefficients.hpp"
#include "layers/base/filler.hpp"
#include "layers/base/kept_bottom.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class ScaleLayer final : public CoefficientLayer, public AffineRole {
 public:
  static constexpr auto coordinates = same_coordinates;
  using CoefficientLayer::CoefficientLayer;

  void init(const BlobPointers& bottom, const BlobPointers& /*top*/) override {
    const ScaleParameter& wanted = *param().scale_param;
    init_coefficients(bottom, "scale_param", wanted.axis, wanted.num_axes,
                      wanted.has_filler() ? &*wanted.filler : nullptr, 1);
    if (!wanted.bias_term) return;
    blobs().push_back(std::make_shared<Blob>(coefficients(bottom).shape()));
    Rng rng = filler_rng(1);
    fill(*blobs().back(), *wanted.bias_filler, rng);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    CoefficientLayer::reshape(bottom, top);
    if (has_bias() && !(bias().shape() == coefficients(bottom).shape())) {
      fail(Status::kShape, bottom_name(1), " has shape ", bottom[1]->shape(),
           ", but the bias was made for ", bias().shape());
    }
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Tensor x = kept_.take(*bottom[0], *top[0], runs_backward());
    ChannelMap map = {{}, coefficients(bottom).data(), {}};
    if (has_bias()) map.shift = bias().data();
    kernels().channel_map(x, map, view_, top[0]->data());
  }

  bool is_affine(const Shape& bottom) const override { return covers_channels(bottom); }
  void follow(ChannelCoefficients& map) const override {
    const float* scale = blobs()[0]->data().read();
    const float* shift = has_bias() ? std::as_const(bias()).data().read() : nullptr;
    for (size_t c = 0; c < map.scale.size(); ++c) {
      map.scale[c] *= scale[c];
      map.shift[c] = map.shift[c] * scale[c] + (shift != nullptr ? shift[c] : 0);
    }
  }

  int64_t flops(const BlobPointers&, const BlobPointers& top) const override {
    return 2 * top[0]->count();
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    const Tensor dy = top[0]->diff();
    const bool wants_bias = has_bias() && param_propagate_down(blobs().size() - 1);
    const bool wants_scale = wants_gradient(propagate_down);
    if (wants_scale && wants_bias && bottom.size() == 1) {  // in one pass
      kernels().channel_sums(dy, kept_.data(*bottom[0], *top[0]), {}, view_, true, bias().diff(),
                             blobs()[0]->diff());
    } else {
      if (wants_scale) give_sums(dy, kept_.data(*bottom[0], *top[0]), bottom);
      if (wants_bias) kernels().channel_sums(dy, {}, {}, view_, true, bias().diff(), {});
    }
    if (propagate_down[0]) {
      kernels().channel_map(dy, {{}, coefficients(bottom).data(), {}}, view_, bottom[0]->diff());
    }
  }

 private:
  bool has_bias() const { return param().scale_param->bias_term; }
  Blob& bias() const { return *blobs().back(); }

  KeptBottom kept_;
};

const LayerRegistration<ScaleLayer> registration("Scale");

}  // namespace
}  // namespace caffe
