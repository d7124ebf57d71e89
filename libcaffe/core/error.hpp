// Errors inside the library: an exception that carries a status class and gains context on its
// way up. The C ABI turns it into a caffe_status and a message (api/barrier.hpp).
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.hpp"

namespace caffe {

// The classes of failure; the values are those of caffe_status in caffe.h and never change.
enum class Status : int {
  kOk = 0,
  kInvalidArgument = 1,  // an argument, option or parameter that makes no sense
  kParse = 2,            // a file or text that does not follow its format
  kIo = 3,               // a file that cannot be opened, read or written
  kShape = 4,            // shapes or counts that do not fit together
  kNotFound = 5,         // a name or index that does not exist
  kUnsupported = 6,      // what this build, machine or version cannot do
  kOutOfMemory = 7,
  kState = 8,      // a call that is not allowed now
  kCallback = 9,   // a user's callback reported failure
  kInternal = 10,  // a defect of the library
};

class Error : public std::exception {
 public:
  Error(Status status, std::string message) : status_(status), message_(std::move(message)) {}

  Status status() const { return status_; }
  const char* what() const noexcept override { return message_.c_str(); }

  // Puts "context: " in front of the message.
  void add_context(std::string_view context);

 private:
  Status status_;
  std::string message_;
};

// "text" in double quotes, control characters escaped, for error messages.
std::string quoted(std::string_view text);

[[noreturn]] void fail(Status status, const std::string& message);

template <class... Parts>
[[noreturn]] void fail(Status status, const Parts&... parts) {
  fail(status, str(parts...));
}

// Runs `body`; an Error that leaves it gains `context()` in front.
template <class Context, class Body>
decltype(auto) with_context(const Context& context, const Body& body) {
  try {
    return body();
  } catch (Error& error) {
    error.add_context(context());
    throw;
  }
}

// The candidate nearest to `name` by edit distance, or "" when none is near enough to be a slip
// of the pen.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// "a, b, c"
std::string joined(const std::vector<std::string>& names);

// "; did you mean \"x\"?" or "".
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace caffe
