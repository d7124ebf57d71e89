// BoxAnnotatorOHEM: of each image's boxes only those with the greatest losses are trained on.
//
//   roi_per_img   required, at least 1: how many
//   ignore_label  -1: the label of the others
//
// Bottoms: boxes, N x 5 (first their image's number) and further axes; losses and labels, one for
// each box; weights of the boxes' regression, N x channels and the same further axes. Tops: labels
// of the losses' shape, ignore_label where a box is not among the chosen; weights, 0 there. Of
// equal losses the first box is chosen. There is no gradient.
//   Shrivastava, Gupta, Girshick: "Training region-based object detectors with online hard example
//   mining", CVPR 2016
//
// Fork: daijifeng001/caffe-rfcn, of which it exists on the GPU only.
//
//   layer { name: "annotator" type: "BoxAnnotatorOHEM" bottom: "rois" bottom: "per_roi_loss"
//           bottom: "labels" bottom: "bbox_inside_weights" top: "labels_ohem"
//           top: "bbox_loss_weights_ohem" box_annotator_ohem_param { roi_per_img: 128 } }
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class BoxAnnotatorOhemLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(4, 2); }
  bool allow_force_backward(int) const override { return false; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    if (param().box_annotator_ohem_param->roi_per_img < 1) {
      fail(Status::kInvalidArgument, "box_annotator_ohem_param.roi_per_img must be at least 1");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& boxes = bottom[0]->shape();
    if (boxes.axes() < 2 || boxes[1] != 5) {
      fail(Status::kShape, bottom_name(0), " of shape ", boxes,
           " must have 5 channels: the image's number and four coordinates");
    }
    items_ = boxes[0];
    inner_ = boxes.count(2);
    for (size_t i = 1; i < 3; ++i) {
      if (bottom[i]->count() != items_ * inner_) {
        fail(Status::kShape, bottom_name(i), " of shape ", bottom[i]->shape(), " must hold ",
             items_ * inner_, " values, one for each box of ", bottom_name(0));
      }
    }
    const Shape& weights = bottom[3]->shape();
    if (weights.axes() < 2 || weights[0] != items_ || weights.count(2) != inner_) {
      fail(Status::kShape, bottom_name(3), " of shape ", weights, " must agree with ",
           bottom_name(0), " of shape ", boxes, " in all axes but the second");
    }
    channels_ = weights[1];
    top[0]->reshape(bottom[2]->shape());
    top[1]->reshape(weights);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const float* boxes = bottom[0]->data().read();
    const float* losses = bottom[1]->data().read();
    std::vector<int64_t> order(static_cast<size_t>(items_ * inner_));
    std::iota(order.begin(), order.end(), 0);
    // A loss that is no number is a great one.
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      return losses[a] > losses[b] || (std::isnan(losses[a]) && !std::isnan(losses[b]));
    });
    std::map<int64_t, int64_t> chosen;  // how many there are of each image
    std::vector<bool> kept(order.size());
    for (const int64_t i : order) {
      const float image = boxes[i / inner_ * 5 * inner_ + i % inner_];
      if (!(image >= 0 && image < 0x1p31f)) {
        fail(Status::kInvalidArgument, bottom_name(0), " says that box ", i, " is of image ", image,
             "; images are counted from 0");
      }
      int64_t& taken = chosen[static_cast<int64_t>(image)];
      kept[static_cast<size_t>(i)] = taken < param().box_annotator_ohem_param->roi_per_img;
      ++taken;
    }

    const float* labels = bottom[2]->data().read();
    const float* weights = bottom[3]->data().read();
    float* labels_kept = top[0]->data().write();
    float* weights_kept = top[1]->data().write();
    const float ignored = static_cast<float>(param().box_annotator_ohem_param->ignore_label);
    for (int64_t i = 0; i < items_ * inner_; ++i) {
      const bool keep = kept[static_cast<size_t>(i)];
      labels_kept[i] = keep ? labels[i] : ignored;
      for (int64_t c = 0; c < channels_; ++c) {
        const int64_t at = (i / inner_ * channels_ + c) * inner_ + i % inner_;
        weights_kept[at] = keep ? weights[at] : 0;
      }
    }
  }

 private:
  int64_t items_ = 0, inner_ = 0, channels_ = 0;
};

const LayerRegistration<BoxAnnotatorOhemLayer> registration("BoxAnnotatorOHEM");

}  // namespace
}  // namespace caffe
