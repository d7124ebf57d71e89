#include "layers/detection/matching.hpp"

#include "core/error.hpp"
#include "core/threads.hpp"

namespace caffe {
namespace {

constexpr float kNothing = 1e-6f;  // overlaps up to here are none

bool crosses_boundary(const Box& box) {
  const auto outside = [](float value) { return value < 0 || value > 1; };
  return outside(box.xmin) || outside(box.ymin) || outside(box.xmax) || outside(box.ymax);
}

}  // namespace

Matcher::Matcher(MultiBoxLossParameter::MatchType type, float threshold, bool ignore_cross_boundary)
    : type_(type), threshold_(threshold), ignore_cross_boundary_(ignore_cross_boundary) {
  if (type != MultiBoxLossParameter::BIPARTITE && type != MultiBoxLossParameter::PER_PREDICTION) {
    fail(Status::kInvalidArgument, "multibox_loss_param.match_type: ", static_cast<int>(type),
         " is none of BIPARTITE and PER_PREDICTION");
  }
}

void Matcher::match(const std::vector<Box>& boxes, const std::vector<Truth>& truths, size_t begin,
                    size_t end, int64_t label, int64_t* matches, float* overlaps) {
  const int64_t count = static_cast<int64_t>(boxes.size());
  std::fill_n(matches, count, kUnmatched);
  std::fill_n(overlaps, count, 0.0f);
  columns_.clear();
  for (size_t i = begin; i < end; ++i) {
    if (label == -1 || truths[i].label == label) columns_.push_back(i);
  }
  if (columns_.empty()) return;
  table_.resize(columns_.size() * boxes.size());
  parallel_for(count, grain_of(8 * static_cast<int64_t>(columns_.size())),
               [&](int64_t first, int64_t last) {
                 for (int64_t i = first; i < last; ++i) {
                   const Box& box = boxes[static_cast<size_t>(i)];
                   const bool left_out = ignore_cross_boundary_ && crosses_boundary(box);
                   if (left_out) matches[i] = kLeftOut;
                   for (size_t c = 0; c < columns_.size(); ++c) {
                     const float share = left_out ? 0 : overlap(box, truths[columns_[c]].box);
                     const bool counts = share > kNothing;
                     table_[c * boxes.size() + static_cast<size_t>(i)] = counts ? share : 0;
                     if (counts) overlaps[i] = std::max(overlaps[i], share);
                   }
                 }
               });
  match_pairs(count, matches);
  if (type_ == MultiBoxLossParameter::BIPARTITE) return;
  for (int64_t i = 0; i < count; ++i) {
    if (matches[i] != kUnmatched) continue;
    float best = 0;
    for (size_t c = 0; c < columns_.size(); ++c) {
      const float share = table_[c * boxes.size() + static_cast<size_t>(i)];
      if (share >= threshold_ && share > best) {
        best = share;
        matches[i] = static_cast<int64_t>(columns_[c]);
      }
    }
  }
}

Matcher::Best Matcher::best_box(size_t column, int64_t boxes, const int64_t* matches) const {
  const float* row = table_.data() + column * static_cast<size_t>(boxes);
  Best best = {column, 0, -1};
  for (int64_t i = 0; i < boxes; ++i) {
    if (row[i] > best.overlap && matches[i] == kUnmatched) best = {column, row[i], i};
  }
  return best;
}

void Matcher::match_pairs(int64_t boxes, int64_t* matches) {
  std::vector<Best> open;
  for (size_t c = 0; c < columns_.size(); ++c) open.push_back(best_box(c, boxes, matches));
  while (true) {
    const auto first = std::min_element(open.begin(), open.end(), [](const Best& a, const Best& b) {
      return a.overlap != b.overlap ? a.overlap > b.overlap : a.box < b.box;
    });
    if (first == open.end() || first->box < 0) return;
    const Best taken = *first;
    matches[taken.box] = static_cast<int64_t>(columns_[taken.truth]);
    open.erase(first);
    for (Best& each : open) {
      if (each.box == taken.box) each = best_box(each.truth, boxes, matches);
    }
  }
}

}  // namespace caffe
