// The base of the forks' BN layers, y = scale * (x - mean) / std + shift: they differ in where mean
// and standard deviation come from, and in the parameters that follow scale and shift.
#pragma once

#include "layers/base/kept_bottom.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/traits.hpp"
#include "layers/normalisation/channel_normaliser.hpp"

namespace caffe {

class BnLayer : public Layer {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    if (!(statistics_shape(bottom) == blobs()[0]->shape())) {
      fail(Status::kShape, bottom_name(0), " of shape ", shape,
           " does not fit the parameters of shape ", blobs()[0]->shape());
    }
    const int64_t channels = blobs()[0]->count();
    normaliser_.reshape({shape[0], channels, across_spatial_ ? shape.count(2) : 1});
    top[0]->reshape(shape);
  }

 protected:
  // Makes scale and shift, and whatever has their shape: for each channel, or with
  // across_spatial false for each place of each channel.
  void init_affine(const BlobPointers& bottom, const FillerParameter& scale,
                   const FillerParameter& shift, bool across_spatial) {
    across_spatial_ = across_spatial;
    add_parameter(statistics_shape(bottom), scale);
    add_parameter(statistics_shape(bottom), shift);
  }

  // 1 x C x 1 x 1, or 1 x C x H x W.
  Shape statistics_shape(const BlobPointers& bottom) const {
    std::vector<int64_t> dims = bottom[0]->shape().dims();
    if (dims.size() < 2) {
      fail(Status::kShape, bottom_name(0), " must have at least 2 axes (N x C), its shape is ",
           bottom[0]->shape());
    }
    dims[0] = 1;
    for (size_t i = 2; i < dims.size() && across_spatial_; ++i) dims[i] = 1;
    while (dims.size() < 4) dims.push_back(1);
    return Shape(dims);
  }

  // After normaliser_ has been told mean and standard deviation.
  void normalise(const BlobPointers& bottom, const BlobPointers& top) {
    const Tensor x = kept_.take(*bottom[0], *top[0], runs_backward());
    normaliser_.forward(kernels(), x, {blobs()[0]->data(), blobs()[1]->data()}, top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom, Depends depends, bool frozen) {
    const Tensor x = kept_.data(*bottom[0], *top[0]);
    ChannelNormaliser::Gradients gradients;
    if (propagate_down[0]) gradients.x = bottom[0]->diff();
    if (!frozen && param_propagate_down(0)) gradients.scale = blobs()[0]->diff();
    if (!frozen && param_propagate_down(1)) gradients.shift = blobs()[1]->diff();
    normaliser_.backward(kernels(), x, top[0]->diff(), depends, blobs()[0]->data(), gradients);
  }

  ChannelNormaliser normaliser_;

 private:
  bool across_spatial_ = true;
  KeptBottom kept_;
};

}  // namespace caffe
