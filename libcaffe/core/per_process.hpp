// A value that a child made by fork() makes anew, because a thread that is not in it may have been
// at work on it. What was inherited is left as it is and never destroyed: its threads are missing,
// its locks may be held, and files that it would remove are the parent's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "core/fork.hpp"

namespace caffe {

// Used by one thread at a time.
template <class T>
class PerProcess {
 public:
  using Make = std::function<std::unique_ptr<T>()>;

  // `make` is called when the value is first wanted, and again in a child.
  explicit PerProcess(Make make) : make_(std::move(make)) {}
  ~PerProcess() { reset(); }
  PerProcess(const PerProcess&) = delete;
  PerProcess& operator=(const PerProcess&) = delete;

  T& operator*() {
    if (!made()) {
      reset();
      value_ = make_();
      generation_ = fork_generation();
    }
    return *value_;
  }
  T* operator->() { return &**this; }

  // The value if this process has made one, else null.
  const T* made() const { return generation_ == fork_generation() ? value_.get() : nullptr; }

  // The next use makes another one.
  void reset() {
    if (made() == nullptr) static_cast<void>(value_.release());
    value_.reset();
  }

 private:
  const Make make_;
  std::unique_ptr<T> value_;
  uint64_t generation_ = 0;  // that has made it
};

}  // namespace caffe
