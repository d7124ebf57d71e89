// The mean of the last average_loss losses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace caffe {

class LossWindow {
 public:
  void add(float loss, int32_t size) {
    losses_.push_back(loss);
    while (losses_.size() > static_cast<size_t>(size)) losses_.pop_front();
  }
  void clear() { losses_.clear(); }
  bool empty() const { return losses_.empty(); }

  // Of one that is not empty. Always summed from the oldest on, so that a window that was stored
  // and read again has the same mean.
  float mean() const {
    double sum = 0;
    for (const float each : losses_) sum += each;
    return static_cast<float>(sum / static_cast<double>(losses_.size()));
  }

  const std::deque<float>& losses() const { return losses_; }

 private:
  std::deque<float> losses_;
};

}  // namespace caffe
