// SoftmaxWithLoss: the softmax of the predictions, and the mean logarithmic loss of the labels,
//
//   p = softmax(x)          loss = - sum over items of log p[label] / normaliser
//   dx = (p - [c == label]) * loss weight / normaliser, 0 for ignored items
//
//   softmax_param.axis        1: the classes'
//   loss_param.ignore_label   none: items of this label count nothing
//   loss_param.normalization  VALID (loss.hpp)
//   loss_param.normalize      older way to say it
//
// Bottoms: predictions of any shape; labels 0 .. classes - 1, as many as there are items. Tops: the
// loss, a scalar; optionally the probabilities, of the predictions' shape, through which no
// gradient goes. p is taken to be at least the least normal float in the loss, not in the gradient.
//
//   layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc8" bottom: "label" top: "loss"
//           loss_param { ignore_label: 255 } }
#include <algorithm>
#include <cfloat>
#include <cmath>

#include "core/threads.hpp"
#include "layers/labels.hpp"
#include "layers/loss.hpp"

namespace caffe {
namespace {

class SoftmaxLossLayer final : public LossLayer {
 public:
  SoftmaxLossLayer(const LayerParameter& param, const LayerContext& context)
      : LossLayer(param, context), normalization_(*this->param().loss_param) {}

  Arity arity() const override { return {2, 2, 1, 2, false}; }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    axis_ = bottom_axis(bottom, 0, param().softmax_param->axis, "softmax_param.axis");
    const Shape& shape = bottom[0]->shape();
    check_batches(bottom);
    check_label_count(*bottom[1], bottom_name(1), shape, bottom_name(0), axis_);
    spec_ = {shape.count(0, axis_), shape[axis_], shape.count(axis_ + 1)};
    probabilities_.reshape(shape);
    top[0]->reshape(Shape{});
    if (top.size() > 1) top[1]->reshape(shape);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().softmax(bottom[0]->data(), spec_, probabilities_.data());
    if (top.size() > 1) kernels().copy(probabilities_.data(), top[1]->data());

    const float* p = probabilities_.data().read();
    const LossParameter& wanted = *param().loss_param;
    const Labels labels(*bottom[1], bottom_name(1), spec_.channels,
                        wanted.has_ignore_label() ? &wanted.ignore_label : nullptr);
    labels_.resize(static_cast<size_t>(spec_.outer * spec_.inner));
    double loss = 0;
    valid_ = 0;
    for (size_t i = 0; i < labels_.size(); ++i) {
      labels_[i] = labels[static_cast<int64_t>(i)];
      if (labels_[i] == Labels::kIgnored) continue;
      loss -= std::log(std::max(p[place(static_cast<int64_t>(i), labels_[i])], FLT_MIN));
      ++valid_;
    }
    *top[0]->data().write() = static_cast<float>(loss / divisor());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    reject_gradient(propagate_down, 1);
    if (!propagate_down[0]) return;
    const float* p = probabilities_.data().read();
    const float scale = static_cast<float>(loss_weight(top) / divisor());
    float* dx = bottom[0]->diff().write();
    parallel_for(spec_.outer, grain_of(spec_.channels * spec_.inner),
                 [&](int64_t begin, int64_t end) {
                   const int64_t stop = end * spec_.channels * spec_.inner;
                   for (int64_t at = begin * spec_.channels * spec_.inner; at < stop; ++at) {
                     dx[at] = p[at] * scale;
                   }
                   for (int64_t i = begin * spec_.inner; i < end * spec_.inner; ++i) {
                     const int64_t label = labels_[static_cast<size_t>(i)];
                     if (label != Labels::kIgnored) {
                       dx[place(i, label)] -= scale;
                     } else {
                       for (int64_t c = 0; c < spec_.channels; ++c) dx[place(i, c)] = 0;
                     }
                   }
                 });
  }

 private:
  // Where the value of class c of item i lies.
  int64_t place(int64_t i, int64_t c) const { return item_place(spec_, i) + c * spec_.inner; }

  double divisor() const { return normalization_.divisor(spec_.outer, spec_.inner, valid_); }

  const LossNormalization normalization_;
  int axis_ = 1;
  SoftmaxSpec spec_;
  std::vector<int64_t> labels_;  // of the last forward: the gradient is that of its loss
  int64_t valid_ = 0;            // how many of them were not ignored
  Blob probabilities_;
};

const LayerRegistration<SoftmaxLossLayer> registration("SoftmaxWithLoss");

}  // namespace
}  // namespace caffe
