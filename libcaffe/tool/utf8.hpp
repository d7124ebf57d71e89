// A character as UTF-8.
#pragma once

#include <cstdint>
#include <string>

namespace caffe::tool {

// False for what is no character.
inline bool append_utf8(uint32_t code, std::string& to) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
  const int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static constexpr uint32_t kFirst[] = {0x00, 0xC0, 0xE0, 0xF0};
  to.push_back(static_cast<char>(kFirst[more] | code >> 6 * more));
  for (int i = more - 1; i >= 0; --i)
    to.push_back(static_cast<char>(0x80 | (code >> 6 * i & 0x3F)));
  return true;
}

}  // namespace caffe::tool
