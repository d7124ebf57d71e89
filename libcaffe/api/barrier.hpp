// The line no exception crosses: every function of caffe.h runs its body through barrier(), which
// turns what is thrown into a caffe_status and this thread's message.
#pragma once

#include <exception>
#include <new>
#include <string>

#include "caffe.h"
#include "core/error.hpp"

namespace caffe::api {

// An error of the call itself, not of what it works on: the barrier puts the function's name before
// its message.
class ArgumentError : public Error {
 public:
  explicit ArgumentError(const std::string& message) : Error(Status::kInvalidArgument, message) {}
};

template <class... Parts>
[[noreturn]] void fail_argument(const Parts&... parts) {
  throw ArgumentError(str(parts...));
}

// Fails unless `pointer`, the argument called `name`, is there.
void require(const void* pointer, const char* name);

// What caffe_last_error() answers, and how often that has changed on this thread: how one sees
// whether a callback left a message.
const char* last_error() noexcept;
uint64_t last_error_count() noexcept;
void set_last_error(const char* message) noexcept;

// Sets the message for the exception being handled and returns its status.
caffe_status translate(const char* function) noexcept;

template <class Body>
caffe_status barrier(const char* function, const Body& body) noexcept {
  try {
    body();
    return CAFFE_OK;
  } catch (...) {
    return translate(function);
  }
}

}  // namespace caffe::api
