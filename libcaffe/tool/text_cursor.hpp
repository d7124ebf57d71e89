// A place in a text file that is being read, for readers of XML and JSON.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace caffe::tool {

class TextCursor {
 public:
  // Both are borrowed; `file` is for messages. A mark of UTF-8 at the beginning is passed over.
  TextCursor(std::string_view text, const std::string& file) : text_(text), file_(file) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  // Fails with kParse, "file:line: what".
  [[noreturn]] void wrong(const std::string& what) {
    fail(Status::kParse, file_, ":", line(), ": ", what);
  }
  // Counted from 1. Each line is counted once, however often this is asked.
  int64_t line() {
    const auto place = [&](size_t at) { return text_.begin() + static_cast<std::ptrdiff_t>(at); };
    line_ += std::count(place(counted_), place(at_), '\n');
    counted_ = at_;
    return line_;
  }

  bool at_end() const { return at_ == text_.size(); }
  // '\0' at the end.
  char here() const { return at_end() ? '\0' : text_[at_]; }
  // What is left.
  std::string_view rest() const { return text_.substr(at_); }

  // Goes on by so many bytes, at most to the end, and returns them.
  std::string_view skip(size_t count) {
    const std::string_view skipped = rest().substr(0, count);
    at_ += skipped.size();
    return skipped;
  }
  bool take(std::string_view word) {
    if (!rest().starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_blanks() { skip(rest().find_first_not_of(" \t\r\n")); }
  // Goes to the first of those characters, or the end, and returns what was before.
  std::string_view until_one_of(std::string_view characters) {
    return skip(rest().find_first_of(characters));
  }
  // Returns what stands before `word`, and goes behind it; fails when it does not come.
  std::string_view until(std::string_view word, const char* what) {
    const size_t end = rest().find(word);
    if (end == std::string_view::npos) wrong(str(what, " does not end"));
    const std::string_view found = skip(end);
    skip(word.size());
    return found;
  }

 private:
  std::string_view text_;
  const std::string& file_;
  size_t at_ = 0, counted_ = 0;
  int64_t line_ = 1;  // of counted_
};

}  // namespace caffe::tool
