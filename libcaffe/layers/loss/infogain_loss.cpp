// InfogainLoss: SoftmaxWithLoss in which every pair of label and class has its own weight,
//
//   p = softmax(x)          loss = - sum over items and c of H[label, c] log p[c] / normaliser
//   dx[c] = (p[c] * sum of H[label, .] - H[label, c]) * loss weight / normaliser, 0 if ignored
//
//   infogain_loss_param.axis    1: the classes'
//   infogain_loss_param.source  none: a binaryproto with H, when it is not a bottom
//   loss_param.ignore_label     none: items of this label count nothing
//   loss_param.normalization    VALID; as in SoftmaxWithLoss
//   loss_param.normalize        older way to say it
//
// Bottoms: predictions of any shape; labels 0 .. classes - 1, as many as there are items;
// optionally H, classes x classes values, a row a label. Tops: the loss, a scalar; optionally the
// probabilities, of the predictions' shape, through which no gradient goes. p is taken to be at
// least 1e-20 in the loss, not in the gradient. With the identity as H it is SoftmaxWithLoss.
//
//   layer { name: "loss" type: "InfogainLoss" bottom: "score" bottom: "label" bottom: "H"
//           top: "loss" }
#include <algorithm>

#include "core/checked.hpp"
#include "layers/base/labels.hpp"
#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"
#include "schema/files.hpp"

namespace caffe {
namespace {

class InfogainLossLayer final : public LossLayer {
 public:
  InfogainLossLayer(const LayerParameter& param, const LayerContext& context)
      : LossLayer(param, context), normalization_(*this->param().loss_param) {}

  Arity arity() const override { return {2, 3, 1, 2, false}; }

  void init(const BlobPointers& bottom, const BlobPointers&) override {
    reject_class_weights();
    if (bottom.size() > 2) return;
    const std::string& source = param().infogain_loss_param->source;
    if (source.empty()) {
      fail(Status::kInvalidArgument,
           "the matrix must be given, as third bottom or as infogain_loss_param.source");
    }
    const BlobProto matrix = read_blob(source);
    matrix_.reshape({static_cast<int64_t>(matrix.data.size())});
    std::copy(matrix.data.begin(), matrix.data.end(), matrix_.data().write());
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const int axis =
        bottom_axis(bottom, 0, param().infogain_loss_param->axis, "infogain_loss_param.axis");
    const Shape& shape = bottom[0]->shape();
    check_batches(bottom);
    check_label_count(*bottom[1], bottom_name(1), shape, bottom_name(0), axis);
    spec_ = {shape.count(0, axis), shape[axis], shape.count(axis + 1)};
    const int64_t given = bottom.size() > 2 ? bottom[2]->count() : matrix_.count();
    if (given != checked_mul(spec_.channels, spec_.channels)) {
      fail(Status::kShape,
           bottom.size() > 2 ? bottom_name(2) : quoted(param().infogain_loss_param->source),
           " has ", given, " values; wanted is a matrix of ", spec_.channels, " x ", spec_.channels,
           ", for the classes of ", bottom_name(0));
    }
    if (bottom.size() > 2) matrix_.reshape(bottom[2]->shape());
    labels_.reshape({spec_.outer, spec_.inner});
    probabilities_.reshape(shape);
    top[0]->reshape(Shape{});
    if (top.size() > 1) top[1]->reshape(shape);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    kernels().softmax(bottom[0]->data(), spec_, probabilities_.data());
    if (top.size() > 1) kernels().copy(probabilities_.data(), top[1]->data());
    if (bottom.size() > 2) kernels().copy(bottom[2]->data(), matrix_.data());

    const LossParameter& wanted = *param().loss_param;
    const Labels labels(*bottom[1], bottom_name(1), spec_.channels, ignored_label(wanted));
    const int64_t valid = labels.write_to(labels_.data());
    divisor_ = normalization_.divisor(spec_.outer, spec_.inner, valid);
    kernels().infogain_loss(probabilities_.data(), labels_.data(), matrix_.data(), spec_, divisor_,
                            top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    reject_gradient(propagate_down, 1);
    reject_gradient(propagate_down, 2);
    if (!propagate_down[0]) return;
    const float scale = static_cast<float>(loss_weight(top) / divisor_);
    kernels().infogain_loss_backward(probabilities_.data(), labels_.data(), matrix_.data(), spec_,
                                     scale, bottom[0]->diff());
  }

 private:
  const LossNormalization normalization_;
  SoftmaxSpec spec_;
  Blob matrix_;  // H: of the file, or of the last forward
  Blob labels_;  // of the last forward
  double divisor_ = 1;
  Blob probabilities_;
};

const LayerRegistration<InfogainLossLayer> registration("InfogainLoss");

}  // namespace
}  // namespace caffe
