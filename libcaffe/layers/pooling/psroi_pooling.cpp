// PSROIPooling: position-sensitive pooling of boxes: bin (i, j) of class k is the average of the
// bin's places in a channel of its own, (k group_size + i) group_size + j.
//
//   spatial_scale  required: what the boxes' coordinates are multiplied with to be those of the
//                  bottom
//   output_dim     required: the number of classes
//   group_size     required: the bins of a row and of a column
//
// The coordinates are rounded, halves away from zero, the end plus 1, and then scaled; a box's
// sides are at least 0.1. Bins reach from the place below their begin to that above their end; one
// outside of the image gives 0.
//
// Bottoms: N x (output_dim group_size^2) x H x W, and R x 5 (or R x 5 x 1 x 1): image in the batch,
// x1, y1, x2, y2. Top: R x output_dim x group_size x group_size. The boxes have gradient 0. Not in
// place.
//   Dai, Li, He, Sun: "R-FCN: object detection via region-based fully convolutional networks", NIPS
//   2016
//
// Fork: daijifeng001/caffe-rfcn.
//
//   layer { name: "psroi" type: "PSROIPooling" bottom: "rfcn_cls" bottom: "rois" top: "psroi"
//           psroi_pooling_param { spatial_scale: 0.0625 output_dim: 21 group_size: 7 } }
#include <cmath>

#include "core/checked.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/pooling/rois.hpp"

namespace caffe {
namespace {

class PsroiPoolingLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(2, 1); }
  bool allow_force_backward(int bottom) const override { return bottom == 0; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const PSROIPoolingParameter& wanted = *param().psroi_pooling_param;
    classes_ = wanted.output_dim;
    group_ = wanted.group_size;
    if (classes_ < 1 || group_ < 1) {
      fail(Status::kInvalidArgument,
           "psroi_pooling_param: output_dim and group_size must be at least 1, not ", classes_,
           " and ", group_);
    }
    if (!(wanted.spatial_scale > 0) || !std::isfinite(wanted.spatial_scale)) {
      fail(Status::kInvalidArgument,
           "psroi_pooling_param.spatial_scale must be greater than 0, not ", wanted.spatial_scale);
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    const int64_t wanted = checked_mul(checked_mul(classes_, group_), group_);
    if (shape[1] != wanted) {
      fail(Status::kShape, bottom_name(0), " must have ", wanted, " channels (output_dim ",
           classes_, " times group_size ", group_, " squared), its shape is ", shape);
    }
    check_shape_of_rois(*bottom[1], bottom_name(1));
    top[0]->reshape({bottom[1]->dim(0), classes_, group_, group_});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    check_rois(*bottom[1], bottom_name(1), bottom[0]->dim(0));
    kernels().psroi_pooling(bottom[0]->data(), bottom[1]->data(), spec(bottom), top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[1]) bottom[1]->diff().clear();
    if (!propagate_down[0]) return;
    kernels().psroi_pooling_backward(top[0]->diff(), bottom[1]->data(), spec(bottom),
                                     bottom[0]->diff());
  }

 private:
  RoiSpec spec(const BlobPointers& bottom) const {
    const Shape& shape = bottom[0]->shape();
    return {shape[0],          shape[1], shape[2], shape[3],
            bottom[1]->dim(0), group_,   group_,   param().psroi_pooling_param->spatial_scale};
  }

  int64_t classes_ = 0, group_ = 0;
};

const LayerRegistration<PsroiPoolingLayer> registration("PSROIPooling");

}  // namespace
}  // namespace caffe
