// Handles: what caffe.h hands out is a number that looks like a pointer and is never followed. A
// table finds the object behind it, so that NULL, garbage, a destroyed handle and a handle of
// another kind are answered with a sentence. A number is never given out twice.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "api/barrier.hpp"
#include "core/fork.hpp"

namespace caffe::api {

// What a handle can stand for.
class Object {
 public:
  virtual ~Object() = default;
  virtual const char* kind() const = 0;  // "net"
};

uintptr_t add_object(std::shared_ptr<Object> object);
// The object, kept alive for whoever asks; null when there is none (any more).
std::shared_ptr<Object> find_object(const void* handle) noexcept;
// The handle means nothing from now on. What it stood for lives on for calls that use it now.
std::shared_ptr<Object> remove_object(uintptr_t handle) noexcept;

// Says what is wrong with a handle that is not one of an object of `kind`.
[[noreturn]] void fail_handle(const void* handle, const char* argument, const char* kind);

// The object of class T behind `handle`, the argument called `argument`.
template <class T>
std::shared_ptr<T> get(const void* handle, const char* argument) {
  auto object = std::dynamic_pointer_cast<T>(find_object(handle));
  if (object == nullptr) fail_handle(handle, argument, T::kKind);
  return object;
}

template <class Handle>
Handle* as_handle(uintptr_t value) {
  return reinterpret_cast<Handle*>(value);
}

template <class Handle>
Handle* new_handle(std::shared_ptr<Object> object) {
  return as_handle<Handle>(add_object(std::move(object)));
}

// Handles lent out on behalf of one owner: the same one for the same thing each time, all of them
// void when the owner goes.
class Lent {
 public:
  Lent() = default;
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  ~Lent() { end(); }

  // The handle of the thing at `key`; `make()` makes its object the first time.
  template <class Handle, class Make>
  Handle* lend(const void* key, const Make& make) {
    std::lock_guard<Mutex> lock(mutex_);
    if (ended_) fail(Status::kState, "what it belongs to has been destroyed");
    uintptr_t& handle = handles_[key];
    if (handle == 0) handle = add_object(make());
    return as_handle<Handle>(handle);
  }

  void end() noexcept;

 private:
  Mutex mutex_;
  bool ended_ = false;
  std::unordered_map<const void*, uintptr_t> handles_;
};

}  // namespace caffe::api
