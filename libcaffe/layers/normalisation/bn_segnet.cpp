// BN: batch normalisation with a scale and a shift of each channel's own,
// y = scale * (x - mean) / sqrt(variance + 1e-9) + shift.
//
//   bn_mode       LEARN: with mean and variance of the batch at hand, in both phases; INFERENCE:
//                 y = scale * x + shift, where training's statistics have been folded into both
//   scale_filler  constant 0
//   shift_filler  constant 0
//
// Bottom: N x C x any axes. Tops: the same shape, in place is allowed; with LEARN optionally the
// batch's mean, and its variance, both 1 x C x 1 x 1, through which no gradient goes. Parameters:
// scale and shift, 1 x C x 1 x 1 each.
//
// Fork: alexgkendall/caffe-segnet and ENet. This is the meaning where neither fields nor the
// option `dialect` tell another.
//
//   layer { name: "bn" type: "BN" bottom: "conv" top: "bn" bn_param { bn_mode: INFERENCE } }
#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/normalisation/bn.hpp"
#include "schema/known_fields.hpp"

namespace caffe {
namespace {

class SegnetBnLayer final : public BnLayer, public AffineRole {
 public:
  using BnLayer::BnLayer;

  Arity arity() const override { return {1, 1, 1, learning() ? 3 : 1, false}; }

  void init(const BlobPointers& bottom, const BlobPointers& /*top*/) override {
    const BNParameter& wanted = *param().bn_param;
    reject_fields_but(wanted, "SegNet's BN: bn_param",
                      {"bn_mode", "scale_filler", "shift_filler", "engine"});
    if (wanted.bn_mode != BNParameter::LEARN && wanted.bn_mode != BNParameter::INFERENCE) {
      fail(Status::kInvalidArgument, "bn_param.bn_mode: ", static_cast<int>(wanted.bn_mode),
           " is none of LEARN and INFERENCE");
    }
    init_affine(bottom, *wanted.scale_filler, *wanted.shift_filler, true);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    BnLayer::reshape(bottom, top);
    for (size_t i = 1; i < top.size(); ++i) top[i]->reshape(blobs()[0]->shape());
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (learning()) {
      normaliser_.measure(kernels(), bottom[0]->data());
      if (top.size() > 1) kernels().copy(normaliser_.mean(), top[1]->data());
      if (top.size() > 2) kernels().copy(normaliser_.variance(), top[2]->data());
      normaliser_.set_deviation(1e-9f);
    } else {
      kernels().fill(0, normaliser_.mean());
      kernels().fill(1, normaliser_.variance());
      normaliser_.set_deviation(0);
    }
    normalise(bottom, top);
  }

  bool is_affine(const Shape&) const override { return !learning(); }
  void follow(ChannelCoefficients& map) const override {
    const float* scale = blobs()[0]->data().read();
    const float* shift = blobs()[1]->data().read();
    for (size_t c = 0; c < map.scale.size(); ++c) {
      map.scale[c] *= scale[c];
      map.shift[c] = map.shift[c] * scale[c] + shift[c];
    }
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    BnLayer::backward(top, propagate_down, bottom,
                      learning() ? Depends::kMeanAndDeviation : Depends::kNothing, false);
  }

 private:
  bool learning() const { return param().bn_param->bn_mode == BNParameter::LEARN; }
};

bool meant(const LayerParameter& param) {
  return param.bn_param->has_bn_mode();
}

const LayerRegistration<SegnetBnLayer> plain("BN");
const LayerRegistration<SegnetBnLayer> registration("BN", {"segnet", meant});

}  // namespace
}  // namespace caffe
