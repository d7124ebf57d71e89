// The floats of a BlobProto: a read view that owns a vector, or lies in a mapped file which it
// keeps alive. Weights are hundreds of megabytes; this is what lets them load without a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace caffe {

class FloatArray {
 public:
  FloatArray() = default;

  // A view of n floats that live as long as `owner`. They may begin at any byte, as they do in
  // files; who asks for floats where none can be read gets a copy.
  FloatArray(const void* bytes, int64_t n, std::shared_ptr<const void> owner)
      : view_(bytes), view_size_(n), owner_(std::move(owner)) {}

  size_t size() const { return owner_ ? static_cast<size_t>(view_size_) : values_.size(); }
  bool empty() const { return size() == 0; }
  const float* data() const {
    if (is_view() && !is_aligned()) settle();
    return owner_ ? static_cast<const float*>(view_) : values_.data();
  }
  const float* begin() const { return data(); }
  const float* end() const { return data() + size(); }
  float operator[](size_t i) const { return data()[i]; }

  bool is_view() const { return owner_ != nullptr; }
  // Of a view: where it lies, whether floats can be read there, and who keeps it.
  const void* bytes() const { return view_; }
  bool is_aligned() const { return reinterpret_cast<uintptr_t>(view_) % alignof(float) == 0; }
  const std::shared_ptr<const void>& owner() const { return owner_; }

  void assign(const float* data, int64_t n) {
    *this = FloatArray(std::vector<float>(data, data + n));
  }
  void clear() { *this = FloatArray(); }

  // The values as a vector that may be changed; a view is copied first.
  std::vector<float>& own() {
    if (owner_) settle();
    return values_;
  }

 private:
  explicit FloatArray(std::vector<float> values) : values_(std::move(values)) {}

  void settle() const {
    values_.resize(size());
    std::memcpy(values_.data(), view_, size() * sizeof(float));
    owner_ = nullptr;
  }

  mutable std::vector<float> values_;
  const void* view_ = nullptr;
  int64_t view_size_ = 0;
  mutable std::shared_ptr<const void> owner_;
};

}  // namespace caffe
