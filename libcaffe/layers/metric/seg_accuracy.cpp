// SegAccuracy: how well pixels are labelled, from the matrix of true and predicted classes,
//
//   y = share of right pixels, mean recall of the classes that occur, mean Jaccard index
//
//   ignore_label  none, or several: pixels of these labels count nothing
//   reset         true; false: pixels of all forward passes count
//   metric        PixelAccuracy, which all three tops hold; others are not supported
//
// Bottoms: scores, N x C x H x W, of which the first of the greatest is the prediction; labels, N x
// 1 x H x W. Top: 1 x 1 x 1 x 3. The Jaccard index of a class is hits / (true + predicted - hits),
// 1 of one that neither occurs nor is predicted. There is no gradient.
//
// Fork: xmyqsh/deeplab-v2, hszhao/PSPNet.
//
//   layer { name: "accuracy" type: "SegAccuracy" bottom: "fc8_interp" bottom: "label"
//           top: "accuracy" seg_accuracy_param { ignore_label: 255 } }
#include "core/checked.hpp"
#include "core/system_memory.hpp"
#include "layers/base/labels.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class SegAccuracyLayer final : public Layer {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kScores;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(2, 1); }
  bool allow_force_backward(int) const override { return false; }

  void init(const BlobPointers&, const BlobPointers&) override {
    if (param().seg_accuracy_param->metric != SegAccuracyParameter::PixelAccuracy) {
      fail(Status::kUnsupported,
           "seg_accuracy_param.metric: only PixelAccuracy is supported; the "
           "top has mean recall and mean Jaccard index beside it");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() < 2 || shape[1] < 1) {
      fail(Status::kShape, bottom_name(0), " of shape ", shape, " must be N x C x H x W");
    }
    check_label_count(*bottom[1], bottom_name(1), shape, bottom_name(0), 1);
    spec_ = {shape[0], shape[1], shape.count(2)};
    const int64_t cells = checked_mul(spec_.channels, spec_.channels);
    require_memory("pairs of classes", cells, sizeof(int64_t));
    if (static_cast<int64_t>(confusion_.size()) != cells) {
      confusion_.assign(static_cast<size_t>(cells), 0);
    }
    predictions_.reshape({spec_.outer, spec_.inner});
    top[0]->reshape(Shape{1, 1, 1, 3});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const SegAccuracyParameter& wanted = *param().seg_accuracy_param;
    if (wanted.reset) confusion_.assign(confusion_.size(), 0);
    kernels().greatest(bottom[0]->data(), spec_, 1, Ties::kFirst, predictions_.data(), {});
    const Labels labels(*bottom[1], bottom_name(1), spec_.channels, wanted.ignore_label);
    const float* predictions = predictions_.data().read();
    for (int64_t i = 0; i < predictions_.count(); ++i) {
      const int64_t label = labels[i];
      if (label == Labels::kIgnored) continue;
      const auto prediction = static_cast<int64_t>(predictions[i]);
      ++confusion_[static_cast<size_t>(label * spec_.channels + prediction)];
    }
    summarise(top[0]->data().write());
  }

 private:
  void summarise(float* shares) const {
    const size_t classes = static_cast<size_t>(spec_.channels);
    double all = 0, right = 0, recalls = 0, occurring = 0, overlaps = 0;
    for (size_t c = 0; c < classes; ++c) {
      const double hits = static_cast<double>(confusion_[c * classes + c]);
      double truly = 0, predicted = 0;
      for (size_t k = 0; k < classes; ++k) {
        truly += static_cast<double>(confusion_[c * classes + k]);
        predicted += static_cast<double>(confusion_[k * classes + c]);
      }
      all += truly;
      right += hits;
      if (truly > 0) recalls += hits / truly;
      occurring += truly > 0;
      const double either = truly + predicted - hits;
      overlaps += either > 0 ? hits / either : 1;
    }
    shares[0] = static_cast<float>(all > 0 ? right / all : 0);
    shares[1] = static_cast<float>(occurring > 0 ? recalls / occurring : 0);
    shares[2] = static_cast<float>(overlaps / static_cast<double>(classes));
  }

  SoftmaxSpec spec_;
  std::vector<int64_t> confusion_;  // a row a true class, a column a predicted one
  Blob predictions_;
};

const LayerRegistration<SegAccuracyLayer> registration("SegAccuracy");

}  // namespace
}  // namespace caffe
