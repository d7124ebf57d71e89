// Memory that begins with a cache line, for inner loops: what lies across two costs two loads.
#pragma once

#include <cstdint>
#include <memory>
#include <new>

namespace caffe {

class CacheLines {
 public:
  // At least so many floats, of any values when they are more than before.
  float* get(int64_t floats) {
    if (floats > size_) {
      values_.reset();
      size_ = 0;
      values_.reset(
          static_cast<float*>(::operator new(static_cast<size_t>(floats) * sizeof(float), kLine)));
      size_ = floats;
    }
    return values_.get();
  }
  const float* data() const { return values_.get(); }

 private:
  static constexpr std::align_val_t kLine{64};
  struct Free {
    void operator()(float* values) const { ::operator delete(values, kLine); }
  };
  std::unique_ptr<float, Free> values_;
  int64_t size_ = 0;
};

}  // namespace caffe
