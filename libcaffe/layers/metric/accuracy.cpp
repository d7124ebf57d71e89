// Accuracy: the share of items whose label is among the top_k highest scores.
//
//   top_k         1, at most the number of classes
//   axis          1: the classes'
//   ignore_label  none: items of this label count nothing
//   denominator   0: the share is of the items that are not ignored; else the number of right items
//                 is divided by this one, at least 0
//
// Bottoms: scores of any shape; labels 0 .. classes - 1, as many as there are items. Tops: the
// share, a scalar, 0 when every item is ignored; optionally each class's own share, 0 for a class
// that does not occur. A score equal to the label's counts as higher, so that constant scores are
// never right; nor are scores that are no numbers. There is no gradient.
//
// Forks: LisaAnne/lisa-caffe-public (denominator). alexgkendall/caffe-segnet, dialect segnet: a
// class that does not occur has the share 1, the second top is classes x 1 x 1 x 1, and of equal
// scores the one of the greater class counts as higher.
//
//   layer { name: "acc" type: "Accuracy" bottom: "fc8" bottom: "label" top: "acc"
//           include { phase: TEST } accuracy_param { top_k: 5 } }
#include "layers/base/labels.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class AccuracyLayer final : public Layer {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kScores;
  using Layer::Layer;

  Arity arity() const override { return {2, 2, 1, 2, false}; }
  bool allow_force_backward(int) const override { return false; }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const AccuracyParameter& wanted = *param().accuracy_param;
    const int axis = bottom_axis(bottom, 0, wanted.axis, "accuracy_param.axis");
    const Shape& shape = bottom[0]->shape();
    check_label_count(*bottom[1], bottom_name(1), shape, bottom_name(0), axis);
    outer_ = shape.count(0, axis);
    classes_ = shape[axis];
    inner_ = shape.count(axis + 1);
    if (wanted.top_k < 1 || wanted.top_k > classes_) {
      fail(Status::kInvalidArgument, "accuracy_param.top_k must be at least 1 and at most ",
           classes_, ", the number of classes, not ", wanted.top_k);
    }
    if (!(wanted.denominator >= 0)) {
      fail(Status::kInvalidArgument, "accuracy_param.denominator must be at least 0, not ",
           wanted.denominator);
    }
    top[0]->reshape(Shape{});
    if (top.size() > 1) top[1]->reshape(segnet() ? Shape{classes_, 1, 1, 1} : Shape{classes_});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const AccuracyParameter& wanted = *param().accuracy_param;
    const Labels labels(*bottom[1], bottom_name(1), classes_, ignored_label(wanted));
    classes_of_items_.reshape({outer_ * inner_});
    const int64_t all_items = labels.write_to(classes_of_items_.data());
    right_.reshape(classes_of_items_.shape());
    kernels().accuracy(bottom[0]->data(), classes_of_items_.data(), {outer_, classes_, inner_},
                       int64_t{wanted.top_k}, segnet(), right_.data());
    const double divisor =
        wanted.denominator > 0 ? wanted.denominator : static_cast<double>(all_items);
    kernels().reduce(Reduction::kSum, right_.data(), {}, divisor == 0 ? 0 : 1 / divisor,
                     top[0]->data());
    if (top.size() > 1) give_shares_of_classes(top[1]->data().write());
  }

  // Under force_backward an accuracy may stand beside a loss: it adds nothing to the gradient.
  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    for (float weight : param().loss_weight) {
      if (weight != 0) Layer::backward(top, propagate_down, bottom);
    }
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (propagate_down[i]) kernels().fill(0, bottom[i]->diff());
    }
  }

 private:
  bool segnet() const { return options().dialect == "segnet"; }

  // Where the labels are, on the host.
  void give_shares_of_classes(float* shares) const {
    const float* classes = classes_of_items_.data().read();
    const float* hits = right_.data().read();
    std::vector<int64_t> items(static_cast<size_t>(classes_)), right(items);
    for (int64_t i = 0; i < right_.count(); ++i) {
      if (classes[i] < 0) continue;
      const auto label = static_cast<size_t>(classes[i]);
      ++items[label];
      right[label] += hits[i] == 1;
    }
    for (size_t c = 0; c < items.size(); ++c) {
      shares[c] = items[c] == 0 && segnet() ? 1 : share(right[c], items[c]);
    }
  }

  static float share(int64_t right, int64_t items) {
    return items == 0 ? 0 : static_cast<float>(right) / static_cast<float>(items);
  }

  int64_t outer_ = 0, classes_ = 0, inner_ = 0;
  Blob classes_of_items_, right_;  // -1: ignored; 1 where the class is among the best
};

const LayerRegistration<AccuracyLayer> registration("Accuracy");

}  // namespace
}  // namespace caffe
