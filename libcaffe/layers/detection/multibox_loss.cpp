// MultiBoxLoss: what the predictions of SSD lose. Priors are matched with the ground truth; those
// that are matched are to predict its offsets, they and some of the others its label or that of
// the background,
//
//   loss = (loc_weight * sum of location losses + sum of confidence losses) / normaliser
//
// SSD: Single Shot MultiBox Detector, Liu et al., 2016; HARD_EXAMPLE: Training Region-based Object
// Detectors with Online Hard Example Mining, Shrivastava et al., 2016.
//
//   num_classes                 required; with the background
//   background_label_id         0
//   share_location              true: one box for all classes of a prior; false: one for each
//   loc_loss_type               SMOOTH_L1: d * d / 2 where |d| < 1, else |d| - 1 / 2; L2: d * d / 2
//   conf_loss_type              SOFTMAX, or LOGISTIC: a sigmoid of each class by itself
//   loc_weight                  1.0; what the location's part is multiplied by
//   code_type                   how offsets are meant: CORNER, CENTER_SIZE or CORNER_SIZE
//   encode_variance_in_target   false; true: predictions and targets are offsets without
//                               variances, and d is divided by them
//   match_type                  PER_PREDICTION: each ground truth takes the prior it overlaps
//                               most, then each prior its best ground truth; BIPARTITE: the first
//   overlap_threshold           0.5; the least overlap in the second
//   use_prior_for_matching      true; false: the predicted boxes are matched, not the priors
//   ignore_cross_boundary_bbox  false; true: boxes that leave the image are left out
//   use_difficult_gt            true; false: difficult ground truth is left out
//   map_object_to_agnostic      false; true: every label counts as 1
//   bp_inside                   false; true: coordinates of matched boxes outside the image lose
//                               nothing
//   mining_type                 MAX_NEGATIVE: of the priors that overlap no ground truth by
//                               neg_overlap (0.5), those of the greatest confidence loss,
//                               neg_pos_ratio (3) for each match of the image; HARD_EXAMPLE: of
//                               all priors the sample_size (64) of the greatest loss; NONE: all.
//                               do_neg_mining is older: true MAX_NEGATIVE, false NONE
//   nms_param                   none; before mining, priors that overlap a harder one by more than
//                               nms_threshold (0.3) are dropped; of the top_k hardest (none: all)
//   use_prior_for_nms           false: by the predicted boxes; true: by the priors
//   loss_param.normalization    VALID: the matches; FULL: all priors; BATCH_SIZE; NONE
//   loss_param.normalize        older way to say it
//
// Bottoms: offsets N x (4 * priors, times the classes when they are not shared), scores
// N x (priors * classes), the priors 1 x 2 x (4 * priors) as PriorBox gives them, and ground truth
// 1 x 1 x boxes x 8, rows [image, label, instance, xmin, ymin, xmax, ymax, difficult], of which
// those of image -1 are none. Top: the loss, a scalar. A part of the loss whose bottom has
// propagate_down: false is not in its value. The gradient does not have the division by variances
// of encode_variance_in_target.
//
// Fork: weiliu89/caffe (ssd).
//
// Differs from the original: for LOGISTIC without mining the targets of all images are right, the
// background's label does not matter there, and nms_param without top_k does not mean none.
//
//   layer {
//     name: "mbox_loss" type: "MultiBoxLoss" top: "mbox_loss"
//     bottom: "mbox_loc" bottom: "mbox_conf" bottom: "mbox_priorbox" bottom: "label"
//     propagate_down: true propagate_down: true propagate_down: false propagate_down: false
//     loss_param { normalization: VALID }
//     multibox_loss_param { num_classes: 21 code_type: CENTER_SIZE }
//   }
#include <cmath>
#include <utility>

#include "core/checked.hpp"
#include "core/threads.hpp"
#include "layers/base/loss.hpp"
#include "layers/base/registry.hpp"
#include "layers/detection/confidence.hpp"
#include "layers/detection/mining.hpp"

namespace caffe {
namespace {

class MultiBoxLossLayer final : public LossLayer {
 public:
  MultiBoxLossLayer(const LayerParameter& param, const LayerContext& context)
      : LossLayer(param, context),
        wanted_(*this->param().multibox_loss_param),
        normalization_(*this->param().loss_param),
        code_(wanted_.code_type, wanted_.encode_variance_in_target,
              "multibox_loss_param.code_type"),
        matcher_(wanted_.match_type, wanted_.overlap_threshold, wanted_.ignore_cross_boundary_bbox),
        miner_(wanted_) {}

  Arity arity() const override { return Arity::exact(4, 1); }
  bool allow_force_backward(int bottom) const override { return bottom < 2; }

  void init(const BlobPointers&, const BlobPointers&) override {
    classes_ = wanted_.num_classes;
    background_ = wanted_.background_label_id;
    boxes_per_prior_ = wanted_.share_location ? 1 : classes_;
    if (classes_ < 1) {
      fail(Status::kInvalidArgument, "multibox_loss_param.num_classes is not given");
    }
    softmax_ = wanted_.conf_loss_type == MultiBoxLossParameter::SOFTMAX;
    if (!softmax_ && wanted_.conf_loss_type != MultiBoxLossParameter::LOGISTIC) {
      fail(Status::kInvalidArgument,
           "multibox_loss_param.conf_loss_type: ", static_cast<int>(wanted_.conf_loss_type),
           " is none of SOFTMAX and LOGISTIC");
    }
    if (wanted_.loc_loss_type != MultiBoxLossParameter::SMOOTH_L1 &&
        wanted_.loc_loss_type != MultiBoxLossParameter::L2) {
      fail(Status::kInvalidArgument,
           "multibox_loss_param.loc_loss_type: ", static_cast<int>(wanted_.loc_loss_type),
           " is none of L2 and SMOOTH_L1");
    }
    if (softmax_ && background_ >= classes_) {
      fail(Status::kInvalidArgument, "multibox_loss_param.background_label_id: ", background_,
           " is none of the ", classes_, " classes");
    }
    if (wanted_.map_object_to_agnostic && (classes_ != 2 || background_ != 0)) {
      fail(Status::kInvalidArgument,
           "multibox_loss_param.map_object_to_agnostic wants num_classes: 2 and the background 0");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_batches(bottom);
    priors_ = Priors::count_of(bottom[2]->shape(), bottom_name(2));
    check_predictions(bottom, 0, checked_mul(4 * priors_, boxes_per_prior_));
    check_predictions(bottom, 1, checked_mul(priors_, classes_));
    check_truth_shape(bottom[3]->shape(), bottom_name(3));
    top[0]->reshape(Shape{});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    images_ = bottom[0]->dim(0);
    read_truths_of(*bottom[3]);
    const Priors priors(*bottom[2]);
    code_.check(priors, bottom_name(2), true);
    const float* offsets = bottom[0]->data().read();
    const float* scores = bottom[1]->data().read();
    boxes_.resize(static_cast<size_t>(priors_));
    match(priors, offsets);
    rows_.clear();
    labels_.clear();
    more_labels_.clear();
    if (miner_.active()) {
      mine(priors, offsets, scores);
    } else {
      take_all();
    }
    find_targets(priors, offsets);
    double loss = 0;
    if (counts(0)) loss += wanted_.loc_weight * location_loss();
    if (counts(1)) loss += confidence_loss(scores);
    *top[0]->data().write() = static_cast<float>(loss / divisor());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    for (size_t i = 2; i < 4; ++i) {
      if (propagate_down[i]) {
        fail(Status::kUnsupported, bottom_name(i), " has no gradient: give `propagate_down: false`",
             " for it");
      }
    }
    const float scale = static_cast<float>(loss_weight(top) / divisor());
    if (propagate_down[0]) {
      float* gradient = bottom[0]->diff().write();
      std::fill_n(gradient, bottom[0]->count(), 0.0f);
      const bool smooth = wanted_.loc_loss_type == MultiBoxLossParameter::SMOOTH_L1;
      for (const Target& each : targets_) {
        for (int k = 0; k < 4; ++k) {
          const float d = each.distance[k];
          gradient[each.at + k] =
              scale * wanted_.loc_weight * (smooth ? std::clamp(d, -1.0f, 1.0f) : d);
        }
      }
    }
    if (propagate_down[1]) {
      float* gradient = bottom[1]->diff().write();
      std::fill_n(gradient, bottom[1]->count(), 0.0f);
      confidence_gradient(bottom[1]->data().read(), scale, gradient);
    }
  }

 private:
  // A predicted box that is to be some other.
  struct Target {
    int64_t at;         // its first value in bottom 0
    float distance[4];  // between the two, as the loss sees it
  };

  void check_predictions(const BlobPointers& bottom, size_t i, int64_t values) const {
    const Shape& shape = bottom[i]->shape();
    if (shape.axes() < 2 || shape.count(1) != values) {
      fail(Status::kShape, bottom_name(i), " has the shape ", shape, "; ", priors_,
           " priors want N x ", values);
    }
  }

  // Whether the part of the loss that is made of bottom i is in its value.
  bool counts(size_t i) const {
    return param().propagate_down.size() <= i || param().propagate_down[i];
  }

  double divisor() const {
    return normalization_.divisor(images_, priors_, static_cast<int64_t>(targets_.size()));
  }

  int64_t* matches_of(int64_t image) {
    return matches_.data() + image * boxes_per_prior_ * priors_;
  }

  void read_truths_of(const Blob& blob) {
    const bool agnostic = wanted_.map_object_to_agnostic;
    truths_ =
        read_truths(blob, bottom_name(3), {images_, agnostic ? INT64_MAX : classes_, background_});
    if (!wanted_.use_difficult_gt) {
      std::erase_if(truths_, [](const Truth& truth) { return truth.difficult; });
    }
    if (agnostic) {
      for (Truth& truth : truths_) truth.label = background_ + 1;
    }
    first_truth_.assign(static_cast<size_t>(images_) + 1, 0);
    for (const Truth& truth : truths_) ++first_truth_[static_cast<size_t>(truth.image) + 1];
    for (size_t i = 1; i < first_truth_.size(); ++i) first_truth_[i] += first_truth_[i - 1];
  }

  bool has_truth(int64_t image) const {
    return first_truth_[static_cast<size_t>(image)] < first_truth_[static_cast<size_t>(image) + 1];
  }

  void match_label(int64_t image, int64_t label, int64_t* matches, float* overlaps) {
    matcher_.match(boxes_, truths_, first_truth_[static_cast<size_t>(image)],
                   first_truth_[static_cast<size_t>(image) + 1], label, matches, overlaps);
  }

  void use_priors(const Priors& priors) {
    for (int64_t i = 0; i < priors_; ++i) boxes_[static_cast<size_t>(i)] = priors[i];
  }

  void use_predictions(const Priors& priors, const float* offsets, int64_t image, int64_t which) {
    const float* first = offsets + 4 * (image * priors_ * boxes_per_prior_ + which);
    for (int64_t i = 0; i < priors_; ++i) {
      boxes_[static_cast<size_t>(i)] = code_.decode(priors, i, first + 4 * i * boxes_per_prior_);
    }
  }

  // Fills matches_ and, when they are shared, overlaps_.
  void match(const Priors& priors, const float* offsets) {
    const size_t all = static_cast<size_t>(images_ * boxes_per_prior_ * priors_);
    matches_.assign(all, kUnmatched);
    overlaps_.assign(all, 0);
    if (wanted_.use_prior_for_matching) use_priors(priors);
    for (int64_t image = 0; image < images_; ++image) {
      if (!has_truth(image) || priors_ == 0) continue;
      int64_t* matches = matches_of(image);
      float* overlaps = overlaps_.data() + (matches - matches_.data());
      if (wanted_.share_location) {
        if (!wanted_.use_prior_for_matching) use_predictions(priors, offsets, image, 0);
        match_label(image, -1, matches, overlaps);
      } else if (wanted_.use_prior_for_matching) {
        match_label(image, -1, matches, overlaps);
        give_to_classes(matches);
      } else {
        for (int64_t label = 0; label < classes_; ++label) {
          if (label == background_) continue;
          use_predictions(priors, offsets, image, label);
          match_label(image, label, matches + label * priors_, overlaps + label * priors_);
        }
      }
    }
  }

  // Moves the priors' matches, which stand where those of class 0 belong, to the boxes of the
  // matched label.
  void give_to_classes(int64_t* matches) const {
    for (int64_t i = 0; i < priors_; ++i) {
      const int64_t match = std::exchange(matches[i], kUnmatched);
      if (match >= 0) matches[truths_[static_cast<size_t>(match)].label * priors_ + i] = match;
    }
  }

  float confidence_loss_of(const float* scores, int64_t label) const {
    return softmax_ ? softmax_loss(scores, classes_, label)
                    : logistic_loss(scores, classes_, label);
  }

  float location_loss_of(const float* distance) const {
    double loss = 0;
    for (int k = 0; k < 4; ++k) {
      const double d = std::fabs(distance[k]);
      const bool linear = wanted_.loc_loss_type == MultiBoxLossParameter::SMOOTH_L1 && d >= 1;
      loss += linear ? d - 0.5 : d * d / 2;
    }
    return static_cast<float>(loss);
  }

  int64_t label_of(int64_t match) const {
    return match < 0 ? background_ : truths_[static_cast<size_t>(match)].label;
  }

  // What box `which` of a prior, matched with a truth, is to become.
  Target target_of(const Priors& priors, const float* offsets, int64_t image, int64_t which,
                   int64_t prior, int64_t match) const {
    Target target;
    target.at = 4 * ((image * priors_ + prior) * boxes_per_prior_ + which);
    const float* predicted = offsets + target.at;
    const Box code = code_.encode(priors, prior, truths_[static_cast<size_t>(match)].box);
    const Box box =
        wanted_.use_prior_for_matching ? priors[prior] : code_.decode(priors, prior, predicted);
    const float wanted[] = {code.xmin, code.ymin, code.xmax, code.ymax};
    const float matched[] = {box.xmin, box.ymin, box.xmax, box.ymax};
    for (int k = 0; k < 4; ++k) {
      const bool outside = wanted_.bp_inside && (matched[k] < 0 || matched[k] > 1);
      target.distance[k] = outside ? 0 : predicted[k] - wanted[k];
      if (wanted_.encode_variance_in_target) target.distance[k] /= priors.variance(prior)[k];
    }
    return target;
  }

  // Changes matches_, and fills rows_ and labels_ with the priors that were chosen.
  void mine(const Priors& priors, const float* offsets, const float* scores) {
    std::vector<float> losses(static_cast<size_t>(priors_));
    std::vector<int64_t> negatives;
    if (miner_.wants_boxes() && wanted_.use_prior_for_nms) use_priors(priors);
    for (int64_t image = 0; image < images_; ++image) {
      if (!has_truth(image)) continue;
      int64_t* matches = matches_of(image);
      const int64_t first = image * priors_;
      parallel_for(priors_, grain_of(16 * classes_), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          float& loss = losses[static_cast<size_t>(i)];
          loss = confidence_loss_of(scores + (first + i) * classes_, label_of(matches[i]));
          if (miner_.wants_location_loss() && matches[i] >= 0) {
            loss += location_loss_of(target_of(priors, offsets, image, 0, i, matches[i]).distance);
          }
        }
      });
      if (miner_.wants_boxes() && !wanted_.use_prior_for_nms) {
        use_predictions(priors, offsets, image, 0);
      }
      negatives.clear();
      miner_.mine(losses, boxes_, matches, overlaps_.data() + first, negatives);
      for (int64_t i = 0; i < priors_; ++i) {
        if (matches[i] < 0) continue;
        rows_.push_back(first + i);
        labels_.push_back(label_of(matches[i]));
      }
      for (const int64_t i : negatives) {
        rows_.push_back(first + i);
        labels_.push_back(background_);
      }
    }
  }

  // Fills rows_ and labels_ with all priors. For LOGISTIC the background is no class here: priors
  // that are not matched have no label.
  void take_all() {
    labels_.assign(static_cast<size_t>(images_ * priors_), softmax_ ? background_ : -1);
    for (int64_t row = 0; row < images_ * priors_; ++row) {
      rows_.push_back(row);
      const int64_t* matches = matches_of(row / priors_) + row % priors_;
      int64_t& label = labels_[static_cast<size_t>(row)];
      bool first = true;
      for (int64_t which = 0; which < boxes_per_prior_; ++which) {
        if (matches[which * priors_] < 0) continue;
        if (!first) more_labels_.push_back(row * classes_ + label);
        label = label_of(matches[which * priors_]);
        first = false;
      }
    }
  }

  // Fills targets_ with the matched boxes.
  void find_targets(const Priors& priors, const float* offsets) {
    targets_.clear();
    for (int64_t at = 0; at < static_cast<int64_t>(matches_.size()); ++at) {
      const int64_t match = matches_[static_cast<size_t>(at)];
      if (match < 0) continue;
      const int64_t box = at / priors_;
      targets_.push_back(target_of(priors, offsets, box / boxes_per_prior_, box % boxes_per_prior_,
                                   at % priors_, match));
    }
  }

  double location_loss() const {
    double loss = 0;
    for (const Target& each : targets_) loss += location_loss_of(each.distance);
    return loss;
  }

  double confidence_loss(const float* scores) const {
    std::vector<float> losses(rows_.size());
    parallel_for(static_cast<int64_t>(rows_.size()), grain_of(16 * classes_),
                 [&](int64_t begin, int64_t end) {
                   for (size_t i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
                     losses[i] = confidence_loss_of(scores + rows_[i] * classes_, labels_[i]);
                   }
                 });
    double loss = 0;
    for (const float each : losses) loss += each;
    if (!softmax_) {
      for (const int64_t at : more_labels_) loss -= scores[at];
    }
    return loss;
  }

  void confidence_gradient(const float* scores, float scale, float* gradient) const {
    parallel_for(static_cast<int64_t>(rows_.size()), grain_of(16 * classes_),
                 [&](int64_t begin, int64_t end) {
                   for (size_t i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
                     const int64_t at = rows_[i] * classes_;
                     (softmax_ ? softmax_gradient : logistic_gradient)(
                         scores + at, classes_, labels_[i], scale, gradient + at);
                   }
                 });
    if (!softmax_) {
      for (const int64_t at : more_labels_) gradient[at] -= scale;
    }
  }

  const MultiBoxLossParameter& wanted_;
  const LossNormalization normalization_;
  const BoxCode code_;
  Matcher matcher_;
  Miner miner_;
  int64_t classes_ = 0, background_ = 0, boxes_per_prior_ = 1;
  bool softmax_ = true;
  int64_t images_ = 0, priors_ = 0;

  // Of the last forward.
  std::vector<Truth> truths_;         // in the order of the images
  std::vector<size_t> first_truth_;   // of each image, and the end
  std::vector<Box> boxes_;            // those that are matched or suppressed just now
  std::vector<int64_t> matches_;      // images x boxes per prior x priors; places in truths_
  std::vector<float> overlaps_;       // as many
  std::vector<Target> targets_;       // of the matched boxes
  std::vector<int64_t> rows_;         // the priors whose scores count, images one after the other
  std::vector<int64_t> labels_;       // what these are to be
  std::vector<int64_t> more_labels_;  // further scores that are to be 1: a prior's with many boxes
};

const LayerRegistration<MultiBoxLossLayer> registration("MultiBoxLoss");

}  // namespace
}  // namespace caffe
