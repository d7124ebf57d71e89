// Text that crosses the C boundary.
#pragma once

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "api/barrier.hpp"

namespace caffe::api {

// A copy the caller frees with caffe_free.
inline char* owned_text(const std::string& text) {
  char* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

// A copy that lives for ever, the same one for the same text.
const char* eternal_text(const std::string& text);

// The text of the argument called `name`, which must be there and not be empty.
inline std::string required_text(const char* text, const char* name) {
  require(text, name);
  if (*text == '\0') fail_argument(name, " is empty");
  return text;
}

// Entry `index` of names that are `what`, for ever.
void name_at(const char** name, const std::vector<std::string>& names, int64_t index,
             const char* what);

}  // namespace caffe::api
