// What losses share: one scalar top that exists even when it is not named, a loss weight of 1, and
// what the sum over the items is divided by.
#pragma once

#include "layers/base/layer.hpp"
#include "layers/base/traits.hpp"

namespace caffe {

class LossLayer : public Layer {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kScores;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(2, 1); }
  float default_loss_weight(int top) const override { return top == 0 ? 1 : 0; }
  bool auto_top_blobs() const override { return true; }
  // The second bottom holds labels or targets, which mostly have no gradient.
  bool allow_force_backward(int bottom) const override { return bottom != 1; }

 protected:
  // Fails unless the first two bottoms agree in their first axis.
  void check_batches(const BlobPointers& bottom) const;
  // The extent of bottom 0's first axis, at least 1, so that the loss of an empty batch is 0.
  static double batch_of(const BlobPointers& bottom);
  // Fails unless bottom 1 holds one label for each item of the batch.
  void check_one_label_each(const BlobPointers& bottom) const;
  // Fails unless bottom i has as many values as bottom 0.
  void check_equal_counts(const BlobPointers& bottom, size_t i = 1) const;
  // Fails when loss_param weighs classes, for losses that do not.
  void reject_class_weights() const;
  // Fails when bottom i is to get a gradient.
  void reject_gradient(const std::vector<bool>& propagate_down, size_t i) const;
  // What the gradient of the loss is multiplied with.
  static float loss_weight(const BlobPointers& top) { return *top[0]->diff().read(); }
};

// What a loss's sum is divided by, as loss_param says:
//
//   normalization  VALID: the items that are not ignored; FULL: all items; BATCH_SIZE: the product
//                  of the axes before the classes'; NONE: 1; PRE_FIXED: pre_fixed_normalizer
//                  (R-FCN). Never less than 1.
//   normalize      older; without normalization, true means VALID and false BATCH_SIZE
class LossNormalization {
 public:
  // `fallback` is the mode when loss_param gives none.
  explicit LossNormalization(const LossParameter& param,
                             LossParameter::NormalizationMode fallback = LossParameter::VALID);

  double divisor(int64_t outer, int64_t inner, int64_t valid) const;

 private:
  LossParameter::NormalizationMode mode_;
  double pre_fixed_;
};

}  // namespace caffe
