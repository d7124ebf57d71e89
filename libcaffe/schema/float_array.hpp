// The floats of a BlobProto: a read view that owns a vector, or points into a mapped file which it
// keeps alive. Weights are hundreds of megabytes; this is what lets them load without a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace caffe {

class FloatArray {
 public:
  FloatArray() = default;

  // A view of n floats that live as long as `owner`.
  FloatArray(const float* data, int64_t n, std::shared_ptr<const void> owner)
      : view_(data), view_size_(n), owner_(std::move(owner)) {}

  size_t size() const { return owner_ ? static_cast<size_t>(view_size_) : values_.size(); }
  bool empty() const { return size() == 0; }
  const float* data() const { return owner_ ? view_ : values_.data(); }
  const float* begin() const { return data(); }
  const float* end() const { return data() + size(); }
  float operator[](size_t i) const { return data()[i]; }
  bool is_view() const { return owner_ != nullptr; }

  void assign(const float* data, int64_t n) {
    *this = FloatArray(std::vector<float>(data, data + n));
  }
  void clear() { *this = FloatArray(); }

  // The values as a vector that may be changed; a view is copied first.
  std::vector<float>& own() {
    if (owner_) *this = FloatArray(std::vector<float>(begin(), end()));
    return values_;
  }

 private:
  explicit FloatArray(std::vector<float> values) : values_(std::move(values)) {}

  std::vector<float> values_;
  const float* view_ = nullptr;
  int64_t view_size_ = 0;
  std::shared_ptr<const void> owner_;
};

}  // namespace caffe
