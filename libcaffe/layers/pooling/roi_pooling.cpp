// ROIPooling: the part of an image that a box shows, pooled to one size: the maximum of each of
// pooled_h x pooled_w bins.
//
//   pooled_h       required: the bins of a column
//   pooled_w       required: the bins of a row
//   spatial_scale  1; what the boxes' coordinates are multiplied with to be those of the bottom
//
// The scaled coordinates are rounded, halves away from zero; both corners belong to the box, whose
// sides are at least 1. Bins begin and end at places, so neighbours may share some; one outside of
// the image gives 0. Of equal values the first counts. The gradient leaves out places outside of
// the rounded box, which are pooled when its end lies before its start.
//
// Bottoms: N x C x H x W, and R x 5 (or R x 5 x 1 x 1): image in the batch, x1, y1, x2, y2. Top: R
// x C x pooled_h x pooled_w. The boxes have gradient 0. Not in place.
//   Girshick: "Fast R-CNN", ICCV 2015
//
// Fork: rbgirshick/caffe-fast-rcnn (faster-rcnn).
//
//   layer { name: "roi_pool5" type: "ROIPooling" bottom: "conv5_3" bottom: "rois" top: "pool5"
//           roi_pooling_param { pooled_h: 7 pooled_w: 7 spatial_scale: 0.0625 } }
#include <cmath>

#include "layers/base/labels.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/pooling/rois.hpp"

namespace caffe {
namespace {

class RoiPoolingLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(2, 1); }
  bool allow_force_backward(int bottom) const override { return bottom == 0; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    pooled_h_ = param().roi_pooling_param->pooled_h;
    pooled_w_ = param().roi_pooling_param->pooled_w;
    if (pooled_h_ == 0 || pooled_w_ == 0) {
      fail(Status::kInvalidArgument,
           "roi_pooling_param: pooled_h and pooled_w must be given, at least 1, not ", pooled_h_,
           " and ", pooled_w_);
    }
    if (!std::isfinite(param().roi_pooling_param->spatial_scale)) {
      fail(Status::kInvalidArgument, "roi_pooling_param.spatial_scale must be a number");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = image_shape(bottom);
    check_shape_of_rois(*bottom[1], bottom_name(1));
    top[0]->reshape({bottom[1]->dim(0), shape[1], pooled_h_, pooled_w_});
    places_.reshape(top[0]->shape());
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    check_rois(*bottom[1], bottom_name(1), bottom[0]->dim(0));
    std::optional<Tensor> places;
    if (runs_backward()) {
      const Shape& shape = bottom[0]->shape();
      if (shape.count(2) > kMostIndices) {
        fail(Status::kUnsupported, bottom_name(0), " of shape ", shape, " has planes of more than ",
             kMostIndices, " places, which the gradient cannot tell apart");
      }
      places = places_.data();
    }
    kernels().roi_pooling(bottom[0]->data(), bottom[1]->data(), spec(bottom), top[0]->data(),
                          places);
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[1]) bottom[1]->diff().clear();
    if (!propagate_down[0]) return;
    kernels().roi_pooling_backward(top[0]->diff(), bottom[1]->data(), places_.data(), spec(bottom),
                                   bottom[0]->diff());
  }

 private:
  RoiSpec spec(const BlobPointers& bottom) const {
    const Shape& shape = bottom[0]->shape();
    return {shape[0],          shape[1],  shape[2],  shape[3],
            bottom[1]->dim(0), pooled_h_, pooled_w_, param().roi_pooling_param->spatial_scale};
  }

  int64_t pooled_h_ = 0, pooled_w_ = 0;
  Blob places_;  // of the maxima
};

const LayerRegistration<RoiPoolingLayer> registration("ROIPooling");

}  // namespace
}  // namespace caffe
