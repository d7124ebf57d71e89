// Bottoms that hold whole numbers: labels, one for each prediction, and indices.
#pragma once

#include <string>
#include <vector>

#include "core/blob.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

// Labels are read as whole numbers, cut towards zero. One that is none of 0 .. classes - 1 is an
// error that names `name`, the label and the range, unless it is ignored.
class Labels {
 public:
  static constexpr int64_t kIgnored = -1;

  // `name` is how messages call the blob.
  Labels(const Blob& blob, std::string name, int64_t classes, std::vector<int32_t> ignored = {})
      : values_(blob.data().read()),
        name_(std::move(name)),
        classes_(classes),
        ignored_(std::move(ignored)) {}

  // Label i, or kIgnored.
  int64_t operator[](int64_t i) const {
    const float value = values_[i];
    if (!ignored_.empty() && value > -0x1p31f && value < 0x1p31f) {
      for (const int32_t each : ignored_) {
        if (static_cast<int32_t>(value) == each) return kIgnored;
      }
    }
    // False for NaN, too.
    if (!(value > -1 && value < static_cast<float>(classes_))) reject(i);
    return static_cast<int64_t>(value);
  }

  // Writes the labels that bottom holds, kIgnored as it is; says how many are not ignored.
  int64_t write_to(Tensor classes) const;

 private:
  [[noreturn]] void reject(int64_t i) const;

  const float* values_;
  const std::string name_;
  const int64_t classes_;
  const std::vector<int32_t> ignored_;
};

// Where the value of channel 0 of item i lies in a blob of outer x channels x inner; the next
// channel's lies `inner` behind.
inline int64_t item_place(const SoftmaxSpec& spec, int64_t i) {
  return i / spec.inner * spec.channels * spec.inner + i % spec.inner;
}

// The label that the parameters say to ignore, if any.
template <class Parameter>
std::vector<int32_t> ignored_label(const Parameter& param) {
  if (!param.has_ignore_label()) return {};
  return {param.ignore_label};
}

// Fails unless the labels are as many as the predictions, which lie along `axis` of a blob of shape
// `shape`.
void check_label_count(const Blob& labels, const std::string& label_name, const Shape& shape,
                       const std::string& prediction_name, int axis);

// Floats hold every whole number up to this one.
inline constexpr int64_t kMostIndices = int64_t{1} << 24;

// Fails unless all values of a bottom are indices 0 .. extent - 1, cut towards zero; names `name`,
// the value and the range. Looks at them on the host, where they are made.
void check_indices(const Blob& blob, const std::string& name, int64_t extent);

}  // namespace caffe
