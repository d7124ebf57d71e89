// What is made when it is first asked for, and never destroyed. A static of a function would do but
// for fork(): a child whose parent was just making one in another thread would wait for it for
// ever.
#pragma once

#include <atomic>
#include <mutex>

#include "core/fork.hpp"

namespace caffe {

// Static itself, it needs no making: `static MadeOnce<std::string> text;`. `make` calls nobody's
// callback; when it throws, the next one who asks tries again.
template <class T>
class MadeOnce {
 public:
  template <class Make>
  T& get(const Make& make) {
    if (T* const value = value_.load(std::memory_order_acquire)) return *value;
    const std::lock_guard<Mutex> lock(mutex_);
    T* value = value_.load(std::memory_order_relaxed);
    if (value == nullptr) {
      value = new T(make());
      value_.store(value, std::memory_order_release);
    }
    return *value;
  }

 private:
  std::atomic<T*> value_{nullptr};
  Mutex mutex_;
};

}  // namespace caffe
