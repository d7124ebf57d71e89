#include "layers/detection/suppression.hpp"

#include <cmath>

namespace caffe {
namespace {

// So many overlaps are computed before they are looked at, which lets the compiler use vectors.
constexpr size_t kBlock = 16;

bool better(const Candidate& a, const Candidate& b) {
  if (a.score > b.score) return true;
  if (a.score < b.score) return false;
  if (std::isnan(a.score) != std::isnan(b.score)) return std::isnan(a.score);
  return a.index < b.index;
}

}  // namespace

void sort_best(std::vector<Candidate>& candidates, int64_t top_k) {
  if (top_k >= 0 && top_k < static_cast<int64_t>(candidates.size())) {
    const auto end = candidates.begin() + top_k;
    std::nth_element(candidates.begin(), end, candidates.end(), better);
    candidates.erase(end, candidates.end());
  }
  std::sort(candidates.begin(), candidates.end(), better);
}

void Suppression::reset(size_t boxes) {
  threshold_ = start_;
  kept_ = 0;
  const size_t room = (boxes + kBlock - 1) / kBlock * kBlock;
  for (std::vector<float>* each : {&xmin_, &ymin_, &xmax_, &ymax_, &area_}) {
    each->assign(room, 0);  // empty boxes, which overlap nothing, fill up the last block
  }
}

bool Suppression::keep(const Box& box) {
  const float size = area(box);
  for (size_t begin = 0; begin < kept_; begin += kBlock) {
    int dropped = 0;
    for (size_t i = begin; i < begin + kBlock; ++i) {
      const float w = std::min(xmax_[i], box.xmax) - std::max(xmin_[i], box.xmin);
      const float h = std::min(ymax_[i], box.ymax) - std::max(ymin_[i], box.ymin);
      const float shared = w * h;
      const bool within = shared / (area_[i] + size - shared) <= threshold_;
      dropped |= static_cast<int>(w > 0) & static_cast<int>(h > 0) & static_cast<int>(!within);
    }
    if (dropped != 0) return false;
  }
  xmin_[kept_] = box.xmin;
  ymin_[kept_] = box.ymin;
  xmax_[kept_] = box.xmax;
  ymax_[kept_] = box.ymax;
  area_[kept_] = size;
  ++kept_;
  if (eta_ < 1 && threshold_ > 0.5f) threshold_ *= eta_;
  return true;
}

}  // namespace caffe
