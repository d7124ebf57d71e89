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
#include <algorithm>
#include <cfloat>
#include <cmath>

#include "core/threads.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/pooling/rois.hpp"

namespace caffe {
namespace {

// A box's bins along one axis of the image.
struct Side {
  int64_t first, last;  // of the rounded box, whatever their order
  std::vector<std::pair<int64_t, int64_t>> bins;

  Side(float begin, float end, float scale, int64_t pooled, int64_t size)
      : first(rounded(begin * scale)), last(rounded(end * scale)) {
    const auto extent = static_cast<float>(std::max<int64_t>(last - first + 1, 1));
    const float step = extent / static_cast<float>(pooled);
    for (int64_t i = 0; i < pooled; ++i) {
      const auto from = static_cast<int64_t>(std::floor(static_cast<float>(i) * step));
      const auto to = static_cast<int64_t>(std::ceil(static_cast<float>(i + 1) * step));
      bins.emplace_back(std::clamp<int64_t>(from + first, 0, size),
                        std::clamp<int64_t>(to + first, 0, size));
    }
  }

  static int64_t rounded(float value) {
    return static_cast<int64_t>(std::clamp(std::round(value), -1e9f, 1e9f));
  }

  bool contains(int64_t place) const { return place >= first && place <= last; }
};

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
    Rois::check_shape(*bottom[1], bottom_name(1));
    top[0]->reshape({bottom[1]->dim(0), shape[1], pooled_h_, pooled_w_});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const std::vector<Box> boxes = read_boxes(bottom);
    const Shape shape = bottom[0]->shape();
    const float* in = bottom[0]->data().read();
    float* out = top[0]->data().write();
    const int64_t channels = shape[1], plane = shape.count(2), bins = pooled_h_ * pooled_w_;
    parallel_for(top[0]->shape().count(0, 2), grain_of(plane), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const Box& box = boxes[static_cast<size_t>(i / channels)];
        const float* image = in + (box.image * channels + i % channels) * plane;
        float* to = out + i * bins;
        for_each_maximum(box, image, shape[3], [&](int64_t at) { *to++ = at < 0 ? 0 : image[at]; });
      }
    });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[1]) bottom[1]->diff().clear();
    if (!propagate_down[0]) return;
    const std::vector<Box> boxes = read_boxes(bottom);
    const Shape shape = bottom[0]->shape();
    const float* in = bottom[0]->data().read();
    const float* gradient = top[0]->diff().read();
    float* out = bottom[0]->diff().write();
    std::fill_n(out, shape.count(), 0.0f);
    const int64_t channels = shape[1], plane = shape.count(2), bins = pooled_h_ * pooled_w_;
    const int64_t width = shape[3];
    // Boxes may meet: a thread has channels of its own.
    parallel_for(channels, grain_of(top[0]->count()), [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) {
        for (size_t i = 0; i < boxes.size(); ++i) {
          const Box& box = boxes[i];
          const int64_t start = (box.image * channels + c) * plane;
          const float* from = gradient + (static_cast<int64_t>(i) * channels + c) * bins;
          for_each_maximum(box, in + start, width, [&](int64_t at) {
            const bool counts =
                at >= 0 && box.rows.contains(at / width) && box.columns.contains(at % width);
            if (counts) out[start + at] += *from;
            ++from;
          });
        }
      }
    });
  }

 private:
  struct Box {
    int64_t image;
    Side rows, columns;
  };

  std::vector<Box> read_boxes(const BlobPointers& bottom) const {
    const Shape& shape = bottom[0]->shape();
    const Rois rois(*bottom[1], bottom_name(1), shape[0]);
    const float scale = param().roi_pooling_param->spatial_scale;
    std::vector<Box> boxes;
    for (int64_t i = 0; i < rois.count(); ++i) {
      boxes.push_back({rois.image(i), Side(rois.y1(i), rois.y2(i), scale, pooled_h_, shape[2]),
                       Side(rois.x1(i), rois.x2(i), scale, pooled_w_, shape[3])});
    }
    return boxes;
  }

  // body(where the maximum of the bin lies in the image, -1 when the bin is empty), bin by bin.
  template <class Body>
  static void for_each_maximum(const Box& box, const float* image, int64_t width,
                               const Body& body) {
    for (const auto& [top, bottom] : box.rows.bins) {
      for (const auto& [left, right] : box.columns.bins) {
        int64_t best = top < bottom && left < right ? top * width + left : -1;
        for (int64_t h = top; h < bottom; ++h) {
          for (int64_t at = h * width + left; at < h * width + right; ++at) {
            if (image[at] > image[best]) best = at;
          }
        }
        body(best);
      }
    }
  }

  int64_t pooled_h_ = 0, pooled_w_ = 0;
};

const LayerRegistration<RoiPoolingLayer> registration("ROIPooling");

}  // namespace
}  // namespace caffe
