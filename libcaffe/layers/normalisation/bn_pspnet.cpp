// BN: batch normalisation with a slope and a bias of each channel's own,
// y = slope * (x - mean) / sqrt(variance + eps) + bias.
//
//   slope_filler  constant 0
//   bias_filler   constant 0
//   momentum      0.9: in phase TRAIN, running = momentum * running + (1 - momentum) * the batch's
//   eps           1e-5
//   frozen        false; true: nothing is trained, and phase TRAIN takes the running values, too
//   engine        accepted, means nothing here
//
// Bottom: N x C x any axes; top: the same shape; in place is allowed. Parameters: slope, bias,
// running mean (at first 0) and running variance (at first 0, frozen 1), 1 x C x 1 x 1 each; the
// last two are not trained, whatever their learning rates. In phase TRAIN mean and variance are the
// batch's, in phase TEST the running ones; the gradient takes them for functions of x in both,
// unless frozen.
//
// Fork: hszhao/PSPNet.
//
//   layer { name: "bn" type: "BN" bottom: "conv" top: "bn"
//     bn_param { frozen: true momentum: 0.95 } }
#include <cmath>

#include "layers/base/registry.hpp"
#include "layers/base/roles.hpp"
#include "layers/normalisation/bn.hpp"
#include "schema/known_fields.hpp"

namespace caffe {
namespace {

class PspnetBnLayer final : public BnLayer, public AffineRole {
 public:
  using BnLayer::BnLayer;

  bool learns(size_t i) const override { return i < 2 && !frozen(); }

  void init(const BlobPointers& bottom, const BlobPointers& /*top*/) override {
    const BNParameter& wanted = *param().bn_param;
    reject_fields_but(wanted, "PSPNet's BN: bn_param",
                      {"slope_filler", "bias_filler", "momentum", "eps", "frozen", "engine"});
    init_affine(bottom, *wanted.slope_filler, *wanted.bias_filler, true);
    FillerParameter mean, variance;
    if (frozen()) variance.set_value(1);
    add_parameter(statistics_shape(bottom), mean);
    add_parameter(statistics_shape(bottom), variance);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const bool running = frozen() || phase() == TEST;
    if (!running) normaliser_.measure(kernels(), bottom[0]->data());
    for (const size_t i : {2, 3}) {
      const Tensor batch = i == 2 ? normaliser_.mean() : normaliser_.variance();
      if (running) {
        kernels().copy(blobs()[i]->data(), batch);
      } else if (normaliser_.size() > 0) {
        const float momentum = param().bn_param->momentum;
        kernels().axpby(1 - momentum, batch, momentum, blobs()[i]->data());
      }
    }
    normaliser_.set_deviation(param().bn_param->eps);
    normalise(bottom, top);
  }

  bool is_affine(const Shape&) const override { return frozen() || phase() == TEST; }
  void follow(ChannelCoefficients& map) const override {
    const float* values[4];
    for (size_t i = 0; i < 4; ++i) values[i] = blobs()[i]->data().read();
    for (size_t c = 0; c < map.scale.size(); ++c) {
      const double factor = values[0][c] / std::sqrt(values[3][c] + double{param().bn_param->eps});
      map.scale[c] *= factor;
      map.shift[c] = (map.shift[c] - values[2][c]) * factor + values[1][c];
    }
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    BnLayer::backward(top, propagate_down, bottom,
                      frozen() ? Depends::kNothing : Depends::kMeanAndDeviation, frozen());
  }

 private:
  bool frozen() const { return param().bn_param->frozen; }
};

bool meant(const LayerParameter& param) {
  const BNParameter& given = *param.bn_param;
  return given.has_slope_filler() || given.has_bias_filler() || given.has_momentum() ||
         given.has_eps() || given.has_frozen() || param.param.size() > 2;
}

const LayerRegistration<PspnetBnLayer> registration("BN", {"pspnet", meant});

}  // namespace
}  // namespace caffe
