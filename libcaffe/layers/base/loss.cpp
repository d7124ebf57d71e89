#include "layers/base/loss.hpp"

#include <algorithm>

namespace caffe {

void LossLayer::check_batches(const BlobPointers& bottom) const {
  const Shape& first = bottom[0]->shape();
  const Shape& second = bottom[1]->shape();
  const int64_t first_batch = first.axes() > 0 ? first[0] : 1;
  const int64_t second_batch = second.axes() > 0 ? second[0] : 1;
  if (first_batch != second_batch) {
    fail(Status::kShape, bottom_name(0), " of shape ", first, " and ", bottom_name(1), " of shape ",
         second, " must agree in their first axis");
  }
}

double LossLayer::batch_of(const BlobPointers& bottom) {
  const Shape& shape = bottom[0]->shape();
  return static_cast<double>(shape.axes() > 0 && shape[0] > 0 ? shape[0] : 1);
}

void LossLayer::check_one_label_each(const BlobPointers& bottom) const {
  check_batches(bottom);
  const Shape& labels = bottom[1]->shape();
  const int64_t batch = labels.axes() > 0 ? labels[0] : 1;
  if (labels.count() == batch) return;
  fail(Status::kShape, bottom_name(1), " of shape ", labels, " holds ", labels.count(),
       " labels; one is wanted for each of the ", batch, " items");
}

void LossLayer::check_equal_counts(const BlobPointers& bottom, size_t i) const {
  if (bottom[0]->count() == bottom[i]->count()) return;
  fail(Status::kShape, bottom_name(0), " of shape ", bottom[0]->shape(), " and ", bottom_name(i),
       " of shape ", bottom[i]->shape(), " must have equally many values");
}

void LossLayer::reject_class_weights() const {
  if (!param().loss_param->weight_by_label_freqs) return;
  fail(Status::kUnsupported, "loss_param.weight_by_label_freqs: a ", type(),
       " layer does not weigh classes; SoftmaxWithLoss does");
}

void LossLayer::reject_gradient(const std::vector<bool>& propagate_down, size_t i) const {
  if (i < propagate_down.size() && propagate_down[i]) {
    fail(Status::kUnsupported, bottom_name(i), " holds labels, which have no gradient");
  }
}

LossNormalization::LossNormalization(const LossParameter& param,
                                     LossParameter::NormalizationMode fallback)
    : mode_(fallback), pre_fixed_(param.pre_fixed_normalizer) {
  if (param.weigh_instance || param.has_background_weight()) {
    fail(Status::kUnsupported,
         "loss_param.weigh_instance and loss_param.background_weight are not supported");
  }
  if (param.has_normalization()) {
    mode_ = param.normalization;
  } else if (param.has_normalize()) {
    mode_ = param.normalize ? LossParameter::VALID : LossParameter::BATCH_SIZE;
  }
  if (mode_ != LossParameter::FULL && mode_ != LossParameter::VALID &&
      mode_ != LossParameter::BATCH_SIZE && mode_ != LossParameter::NONE &&
      mode_ != LossParameter::PRE_FIXED) {
    fail(Status::kInvalidArgument, "loss_param.normalization: ", static_cast<int>(mode_),
         " is none of FULL, VALID, BATCH_SIZE, NONE and PRE_FIXED");
  }
}

double LossNormalization::divisor(int64_t outer, int64_t inner, int64_t valid) const {
  if (mode_ == LossParameter::PRE_FIXED) return std::max(pre_fixed_, 1.0);
  int64_t count = 1;
  if (mode_ == LossParameter::FULL) count = outer * inner;
  if (mode_ == LossParameter::VALID) count = valid;
  if (mode_ == LossParameter::BATCH_SIZE) count = outer;
  return static_cast<double>(std::max<int64_t>(count, 1));
}

}  // namespace caffe
