// The base of Scale and Bias: coefficients that cover some successive axes of the first bottom and
// are the same along all others. They are the second bottom, or a parameter.
#pragma once

#include "layers/base/layer.hpp"

namespace caffe {

class CoefficientLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, 2, 1, 1, false}; }
  void reshape(const BlobPointers& bottom, const BlobPointers& top) override;

 protected:
  // `field` is the name of the layer's parameters ("scale_param"), for messages; without a filler
  // the parameter is filled with `value`.
  void init_coefficients(const BlobPointers& bottom, const std::string& field, int axis,
                         int num_axes, const FillerParameter* filler, float value);

  Blob& coefficients(const BlobPointers& bottom) const {
    return bottom.size() > 1 ? *bottom[1] : *blobs()[0];
  }
  // The coefficients' gradient, each channel's sum of dy (times x): it adds to that of a parameter
  // and overwrites that of a bottom.
  void give_sums(ConstTensor dy, std::optional<ConstTensor> x, const BlobPointers& bottom) const;
  bool wants_gradient(const std::vector<bool>& propagate_down) const {
    return propagate_down.size() > 1 ? propagate_down[1] : param_propagate_down(0);
  }
  // Whether they are a parameter with one value for each channel, on axis 1 of such a bottom.
  bool covers_channels(const Shape& bottom) const {
    return param().bottom.size() == 1 && bottom.axes() > 1 && view_.outer == bottom[0] &&
           view_.channels == bottom[1];
  }

  ChannelView view_;

 private:
  std::string field_;
  int wanted_axis_ = 1;
};

}  // namespace caffe
