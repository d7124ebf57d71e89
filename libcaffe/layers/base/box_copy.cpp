#include "layers/base/box_copy.hpp"

#include <algorithm>

#include "core/order.hpp"
#include "core/threads.hpp"

namespace caffe {

namespace {

// Both sides in the order of their values in memory. Axes that are not cut are one with those
// before them, so that a run along the last axis is as long as it can be.
class Box {
 public:
  Box(const Shape& whole, const Shape& box, const std::vector<int64_t>& offset, Place place) {
    for (int axis : axes_at(place, whole.axes())) {
      const int64_t extent = whole[axis], cut = box[axis];
      if (!whole_.empty() && extent == cut) {
        whole_.back() *= extent, box_.back() *= extent, offset_.back() *= extent;
      } else {
        whole_.push_back(extent), box_.push_back(cut);
        offset_.push_back(offset[static_cast<size_t>(axis)]);
      }
    }
    if (whole_.empty()) whole_ = box_ = {1}, offset_ = {0};
    for (size_t i = 0; i + 1 < box_.size(); ++i) runs_ *= box_[i];
  }

  int64_t runs() const { return runs_; }
  int64_t length() const { return box_.back(); }

  // Where the run of the box, counted from 0, begins in the whole.
  int64_t start(int64_t run) const {
    int64_t start = offset_.back(), step = whole_.back();
    for (size_t i = box_.size() - 1; i-- > 0;) {
      start += (run % box_[i] + offset_[i]) * step;
      run /= box_[i];
      step *= whole_[i];
    }
    return start;
  }

 private:
  std::vector<int64_t> whole_, box_, offset_;
  int64_t runs_ = 1;
};

}  // namespace

void copy_box(ConstTensor whole, const std::vector<int64_t>& offset, Tensor box) {
  const Place place = whole.host_place();
  const Box runs(whole.shape(), box.shape(), offset, place);
  const float* from = whole.read(place);
  float* to = box.write(place);
  const int64_t length = runs.length();
  parallel_for(runs.runs(), grain_of(length), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      std::copy_n(from + runs.start(i), length, to + i * length);
    }
  });
}

void place_box(ConstTensor box, const std::vector<int64_t>& offset, Tensor whole) {
  const Place place = box.host_place();
  const Box runs(whole.shape(), box.shape(), offset, place);
  const float* from = box.read(place);
  float* to = whole.write(place);
  const int64_t length = runs.length();
  std::fill_n(to, whole.count(), 0.0f);
  parallel_for(runs.runs(), grain_of(length), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      std::copy_n(from + i * length, length, to + runs.start(i));
    }
  });
}

}  // namespace caffe
