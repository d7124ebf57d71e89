// BN: batch normalisation with a scale and a shift of each channel's own,
// y = scale * (x - mean) / sqrt(variance + var_eps) + shift.
//
//   scale_filler    constant 0
//   shift_filler    constant 0
//   var_eps         1e-10
//   moving_average  false: mean and variance are the batch's, in both phases; true: in phase TEST
//                   they are running values, which phase TRAIN moves
//   decay           0.95: running = (1 - decay) * running + decay * the batch's
//   across_spatial  true; false: every place of a channel has a mean, a variance, a scale and a
//                   shift of its own
//
// Bottom: N x C x any axes; top: the same shape; in place is allowed. Parameters: scale and shift,
// 1 x C x 1 x 1 each, or without across_spatial 1 x C x the bottom's other axes. Running values are
// no parameters: they begin at 0 in every net, and no weights file holds them.
//
// Fork: weiliu89/caffe (fcn, ParseNet's).
//
//   layer { name: "bn" type: "BN" bottom: "conv" top: "bn" bn_param { var_eps: 1e-5 } }
#include "layers/base/carrying.hpp"
#include "layers/base/registry.hpp"
#include "layers/normalisation/bn.hpp"
#include "schema/known_fields.hpp"

namespace caffe {
namespace {

class FcnBnLayer final : public BnLayer, public CarryingRole {
 public:
  using BnLayer::BnLayer;

  void init(const BlobPointers& bottom, const BlobPointers& /*top*/) override {
    const BNParameter& wanted = *param().bn_param;
    reject_fields_but(wanted, "ParseNet's BN: bn_param",
                      {"scale_filler", "shift_filler", "var_eps", "moving_average", "decay",
                       "across_spatial", "engine"});
    init_affine(bottom, *wanted.scale_filler, *wanted.shift_filler, wanted.across_spatial);
    for (Blob* each : {&running_mean_, &running_variance_}) each->reshape({blobs()[0]->count()});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (running()) {
      kernels().copy(running_mean_.data(), normaliser_.mean());
      kernels().copy(running_variance_.data(), normaliser_.variance());
    } else {
      normaliser_.measure(kernels(), bottom[0]->data());
      if (param().bn_param->moving_average && normaliser_.size() > 0) {
        const float decay = param().bn_param->decay;
        kernels().axpby(decay, normaliser_.mean(), 1 - decay, running_mean_.data());
        kernels().axpby(decay, normaliser_.variance(), 1 - decay, running_variance_.data());
      }
    }
    normaliser_.set_deviation(param().bn_param->var_eps);
    normalise(bottom, top);
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    BnLayer::backward(top, propagate_down, bottom,
                      running() ? Depends::kNothing : Depends::kMeanAndDeviation, false);
  }

  std::function<void()> remember() override {
    return [this, mean = values_of(running_mean_), variance = values_of(running_variance_)] {
      std::copy(mean.begin(), mean.end(), running_mean_.data().write());
      std::copy(variance.begin(), variance.end(), running_variance_.data().write());
    };
  }

 private:
  bool running() const { return param().bn_param->moving_average && phase() == TEST; }

  static std::vector<float> values_of(const Blob& blob) {
    const float* values = blob.data().read();
    return {values, values + blob.count()};
  }

  Blob running_mean_, running_variance_;
};

bool meant(const LayerParameter& param) {
  const BNParameter& given = *param.bn_param;
  return given.has_var_eps() || given.has_moving_average() || given.has_decay() ||
         given.has_across_spatial();
}

const LayerRegistration<FcnBnLayer> registration("BN", {"fcn", meant});

}  // namespace
}  // namespace caffe
