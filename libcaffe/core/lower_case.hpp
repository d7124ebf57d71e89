// Text without capitals, to compare names whatever their case.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace caffe {

// Of the letters of ASCII; all else stays, whatever the locale.
inline std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

}  // namespace caffe
