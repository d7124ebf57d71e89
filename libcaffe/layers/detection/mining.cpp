#include "layers/detection/mining.hpp"

#include "core/error.hpp"

namespace caffe {
namespace {

constexpr float kLeastArea = 1e-5f;  // of a box that suppression leaves

MultiBoxLossParameter::MiningType type_of(const MultiBoxLossParameter& param) {
  const MultiBoxLossParameter::MiningType type = param.mining_type;
  if (type < MultiBoxLossParameter::NONE || type > MultiBoxLossParameter::HARD_EXAMPLE) {
    fail(Status::kInvalidArgument, "multibox_loss_param.mining_type: ", static_cast<int>(type),
         " is none of NONE, MAX_NEGATIVE and HARD_EXAMPLE");
  }
  if (!param.has_do_neg_mining()) return type;
  // The older way to say it.
  if (!param.has_mining_type()) {
    return param.do_neg_mining ? MultiBoxLossParameter::MAX_NEGATIVE : MultiBoxLossParameter::NONE;
  }
  if (param.do_neg_mining != (type != MultiBoxLossParameter::NONE)) {
    fail(Status::kInvalidArgument,
         "multibox_loss_param: do_neg_mining and mining_type contradict each other");
  }
  return type;
}

}  // namespace

Miner::Miner(const MultiBoxLossParameter& param)
    : type_(type_of(param)),
      negatives_per_positive_(param.neg_pos_ratio),
      negative_overlap_(param.neg_overlap),
      sample_size_(static_cast<size_t>(std::max(param.sample_size, 0))),
      suppress_(param.has_nms_param() && param.nms_param->nms_threshold > 0),
      top_k_(param.nms_param->has_top_k() ? param.nms_param->top_k : -1),
      suppression_(param.nms_param->nms_threshold) {
  if (!active()) return;
  if (!param.share_location) {
    fail(Status::kUnsupported,
         "multibox_loss_param: share_location: false goes with mining_type: ", "NONE only");
  }
  if (!(param.neg_pos_ratio > 0)) {
    fail(Status::kInvalidArgument, "multibox_loss_param.neg_pos_ratio: ", param.neg_pos_ratio,
         " is not greater than 0");
  }
  if (type_ == MultiBoxLossParameter::HARD_EXAMPLE && param.sample_size <= 0) {
    fail(Status::kInvalidArgument, "multibox_loss_param.sample_size: ", param.sample_size,
         " is not greater than 0");
  }
}

size_t Miner::wanted_count(const int64_t* matches, size_t boxes) const {
  size_t count = candidates_.size();
  if (type_ == MultiBoxLossParameter::HARD_EXAMPLE) return std::min(sample_size_, count);
  const auto positives =
      std::count_if(matches, matches + boxes, [](int64_t match) { return match >= 0; });
  const double wanted = static_cast<double>(positives) * negatives_per_positive_;
  return wanted < static_cast<double>(count) ? static_cast<size_t>(wanted) : count;
}

void Miner::mine(const std::vector<float>& losses, const std::vector<Box>& boxes, int64_t* matches,
                 const float* overlaps, std::vector<int64_t>& negatives) {
  const bool hard = type_ == MultiBoxLossParameter::HARD_EXAMPLE;
  candidates_.clear();
  for (size_t i = 0; i < losses.size(); ++i) {
    if (hard || (matches[i] == kUnmatched && overlaps[i] < negative_overlap_)) {
      candidates_.push_back({losses[i], static_cast<int64_t>(i)});
    }
  }
  const size_t wanted = wanted_count(matches, losses.size());
  sort_best(candidates_, suppress_ ? top_k_ : static_cast<int64_t>(wanted));
  selected_.assign(losses.size(), 0);
  suppression_.reset(suppress_ ? candidates_.size() : 0);
  size_t count = 0;
  for (const Candidate& each : candidates_) {
    if (count == wanted) break;
    const size_t i = static_cast<size_t>(each.index);
    if (suppress_ && (area(boxes[i]) < kLeastArea || !suppression_.keep(boxes[i]))) continue;
    selected_[i] = 1;
    ++count;
  }
  for (size_t i = 0; i < losses.size(); ++i) {
    if (matches[i] == kUnmatched && selected_[i] != 0) {
      negatives.push_back(static_cast<int64_t>(i));
    } else if (matches[i] >= 0 && hard && selected_[i] == 0) {
      matches[i] = kUnmatched;
    }
  }
}

}  // namespace caffe
