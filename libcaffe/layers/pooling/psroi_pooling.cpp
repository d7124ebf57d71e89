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
#include <algorithm>
#include <cmath>

#include "core/checked.hpp"
#include "core/threads.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/pooling/rois.hpp"

namespace caffe {
namespace {

// A box's bins along one axis of the image.
std::vector<std::pair<int64_t, int64_t>> bins(float begin, float end, float scale, int64_t count,
                                              int64_t size) {
  const float first = std::clamp(std::round(begin) * scale, -1e9f, 1e9f);
  const float last = std::clamp((std::round(end) + 1) * scale, -1e9f, 1e9f);
  const float step = std::max(last - first, 0.1f) / static_cast<float>(count);
  std::vector<std::pair<int64_t, int64_t>> all;
  const auto most = static_cast<float>(size);
  for (int64_t i = 0; i < count; ++i) {
    const float from = std::floor(static_cast<float>(i) * step + first);
    const float to = std::ceil(static_cast<float>(i + 1) * step + first);
    all.emplace_back(static_cast<int64_t>(std::clamp(from, 0.0f, most)),
                     static_cast<int64_t>(std::clamp(to, 0.0f, most)));
  }
  return all;
}

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
    Rois::check_shape(*bottom[1], bottom_name(1));
    top[0]->reshape({bottom[1]->dim(0), classes_, group_, group_});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const float* in = bottom[0]->data().read();
    float* out = top[0]->data().write();
    for_each_bin(bottom, [=](int64_t start, int64_t width, const Bin& bin, int64_t at) {
      double sum = 0;
      for (int64_t h = bin.top; h < bin.bottom; ++h) {
        for (int64_t w = bin.left; w < bin.right; ++w) sum += in[start + h * width + w];
      }
      out[at] = static_cast<float>(sum * bin.share());
    });
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (propagate_down[1]) bottom[1]->diff().clear();
    if (!propagate_down[0]) return;
    const float* gradient = top[0]->diff().read();
    float* out = bottom[0]->diff().write();
    std::fill_n(out, bottom[0]->count(), 0.0f);
    for_each_bin(bottom, [=](int64_t start, int64_t width, const Bin& bin, int64_t at) {
      const auto share = static_cast<float>(gradient[at] * bin.share());
      for (int64_t h = bin.top; h < bin.bottom; ++h) {
        for (int64_t w = bin.left; w < bin.right; ++w) out[start + h * width + w] += share;
      }
    });
  }

 private:
  struct Bin {
    int64_t top, bottom, left, right;

    double share() const {
      const int64_t places = (bottom - top) * (right - left);
      return top < bottom && left < right ? 1 / static_cast<double>(places) : 0;
    }
  };

  // body(where the bin's plane begins in the bottom, its width, the bin, where it is in the top). A
  // channel is a thread's own.
  template <class Body>
  void for_each_bin(const BlobPointers& bottom, const Body& body) const {
    const Shape& shape = bottom[0]->shape();
    const Rois rois(*bottom[1], bottom_name(1), shape[0]);
    const float scale = param().psroi_pooling_param->spatial_scale;
    struct Box {
      int64_t image;
      std::vector<std::pair<int64_t, int64_t>> rows, columns;
    };
    std::vector<Box> boxes;
    for (int64_t i = 0; i < rois.count(); ++i) {
      boxes.push_back({rois.image(i), bins(rois.y1(i), rois.y2(i), scale, group_, shape[2]),
                       bins(rois.x1(i), rois.x2(i), scale, group_, shape[3])});
    }
    const int64_t channels = shape[1], plane = shape.count(2), width = shape[3];
    parallel_for(channels, grain_of(rois.count() * plane), [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) {
        const auto row = static_cast<size_t>(c / group_ % group_);
        const auto column = static_cast<size_t>(c % group_);
        for (size_t i = 0; i < boxes.size(); ++i) {
          const Box& box = boxes[i];
          const Bin bin{box.rows[row].first, box.rows[row].second, box.columns[column].first,
                        box.columns[column].second};
          body((box.image * channels + c) * plane, width, bin,
               static_cast<int64_t>(i) * channels + c);
        }
      }
    });
  }

  int64_t classes_ = 0, group_ = 0;
};

const LayerRegistration<PsroiPoolingLayer> registration("PSROIPooling");

}  // namespace
}  // namespace caffe
