// SoftmaxWithLoss: the softmax of the predictions, and the mean logarithmic loss of the labels,
//
//   p = softmax(x)          loss = - sum over items of log p[label] / normaliser
//   dx = (p - [c == label]) * loss weight / normaliser, 0 for ignored items
//
//   softmax_param.axis        1: the classes'
//   loss_param.ignore_label   none: items of this label count nothing
//   loss_param.normalization  VALID: the normaliser is the number of items that are not ignored;
//                             FULL: of all items; BATCH_SIZE: the product of the axes before the
//                             classes'; NONE: 1; PRE_FIXED: pre_fixed_normalizer. At least 1
//   loss_param.normalize      older: true means VALID, false BATCH_SIZE
//   loss_param.pre_fixed_normalizer   1: for PRE_FIXED, at least 1
//   loss_param.weight_by_label_freqs  false; true: each item's loss is multiplied with the
//                                     class_weighting of its label, the normaliser is not
//   loss_param.class_weighting        one for each class; unused without the flag
//   softmax_loss_param.ignore_label   none, or several: further labels to ignore
//   softmax_loss_param.weight_source  not supported
//
// Bottoms: predictions of any shape; labels 0 .. classes - 1, as many as there are items. Tops: the
// loss, a scalar; optionally the probabilities, of the predictions' shape; then optionally each
// item's loss, of the labels' shape, not divided by the normaliser, 0 if ignored. No gradient goes
// through the latter two. p is taken to be at least the least normal float in the loss, not in the
// gradient.
//
// Forks: alexgkendall/caffe-segnet and TimoSaemann/caffe-enet (class weights);
// daijifeng001/caffe-rfcn (PRE_FIXED, the third top, SoftmaxWithLossOHEM, which is another name in
// other versions of it); TheLegendAli/DeepLab-Context
// (softmax_loss_param).
//
//   layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc8" bottom: "label" top: "loss"
//           loss_param { ignore_label: 255 } }
#include <algorithm>

#include "layers/base/labels.hpp"
#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"

namespace caffe {
namespace {

class SoftmaxLossLayer final : public LossLayer {
 public:
  SoftmaxLossLayer(const LayerParameter& param, const LayerContext& context)
      : LossLayer(param, context), normalization_(*this->param().loss_param) {}

  Arity arity() const override { return {2, 2, 1, 3, false}; }

  void init(const BlobPointers&, const BlobPointers&) override {
    const SoftmaxLossParameter& wanted = *param().softmax_loss_param;
    if (wanted.has_weight_source()) {
      fail(Status::kUnsupported,
           "softmax_loss_param.weight_source is not supported; give the "
           "weights as loss_param.class_weighting, with weight_by_label_freqs");
    }
    ignored_ = ignored_label(*param().loss_param);
    ignored_.insert(ignored_.end(), wanted.ignore_label.begin(), wanted.ignore_label.end());
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    axis_ = bottom_axis(bottom, 0, param().softmax_param->axis, "softmax_param.axis");
    const Shape& shape = bottom[0]->shape();
    check_batches(bottom);
    check_label_count(*bottom[1], bottom_name(1), shape, bottom_name(0), axis_);
    spec_ = {shape.count(0, axis_), shape[axis_], shape.count(axis_ + 1)};
    probabilities_.reshape(shape);
    top[0]->reshape(Shape{});
    if (top.size() > 1) top[1]->reshape(shape);
    if (top.size() > 2) top[2]->reshape(bottom[1]->shape());
    const LossParameter& wanted = *param().loss_param;
    const int64_t weights = static_cast<int64_t>(wanted.class_weighting.size());
    if (wanted.weight_by_label_freqs && weights != spec_.channels) {
      fail(Status::kInvalidArgument, "loss_param.class_weighting is given ", weights,
           " times; with weight_by_label_freqs it is wanted once for each of the ", spec_.channels,
           " classes");
    }
    if (!weighted()) return;
    weights_.reshape({spec_.channels});
    std::copy(wanted.class_weighting.begin(), wanted.class_weighting.end(),
              weights_.data().write());
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().softmax(bottom[0]->data(), spec_, probabilities_.data());
    if (top.size() > 1) kernels().copy(probabilities_.data(), top[1]->data());

    read_labels(*bottom[1]);
    std::optional<Tensor> each;
    if (top.size() > 2) each = top[2]->data();
    kernels().softmax_loss(probabilities_.data(), labels_.data(), weights(), spec_, divisor(), each,
                           top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    reject_gradient(propagate_down, 1);
    if (!propagate_down[0]) return;
    const float scale = static_cast<float>(loss_weight(top) / divisor());
    kernels().softmax_loss_backward(probabilities_.data(), labels_.data(), weights(), spec_, scale,
                                    bottom[0]->diff());
  }

 private:
  bool weighted() const { return param().loss_param->weight_by_label_freqs; }

  std::optional<ConstTensor> weights() const {
    if (!weighted()) return std::nullopt;
    return weights_.data();
  }

  // Checked where they were made, on the host; -1 is ignored.
  void read_labels(const Blob& bottom) {
    const Labels labels(bottom, bottom_name(1), spec_.channels, ignored_);
    labels_.reshape({spec_.outer * spec_.inner});
    valid_ = labels.write_to(labels_.data());
  }

  double divisor() const { return normalization_.divisor(spec_.outer, spec_.inner, valid_); }

  const LossNormalization normalization_;
  std::vector<int32_t> ignored_;
  int axis_ = 1;
  SoftmaxSpec spec_;
  Blob labels_;        // of the last forward: the gradient is that of its loss
  int64_t valid_ = 0;  // how many of them are not ignored
  Blob weights_;       // of the classes
  Blob probabilities_;
};

const LayerRegistration<SoftmaxLossLayer> registration("SoftmaxWithLoss");
const LayerRegistration<SoftmaxLossLayer> ohem_registration("SoftmaxWithLossOHEM");

}  // namespace
}  // namespace caffe
