// LMDB files made by hand, of one leaf and overflow pages.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "support/folder.hpp"

namespace caffe::test {

using Records = std::vector<std::pair<std::string, std::string>>;  // in the order of their keys

// The bytes of a data.mdb. Values of more than 512 bytes lie on pages of their own.
inline std::string lmdb_bytes(const Records& records) {
  const size_t page = 4096;
  std::string file(3 * page, '\0');
  const auto put = [&file](size_t at, uint64_t value, size_t size) {
    std::memcpy(&file[at], &value, size);
  };
  const size_t leaf = 2 * page;
  size_t lower = 16, upper = page, overflow = 0;
  for (const auto& [key, value] : records) {
    const bool big = value.size() > 512;
    std::string body = value;
    if (big) {
      const uint64_t number = file.size() / page;
      const size_t pages = (16 + value.size() + page - 1) / page;
      file.resize(file.size() + pages * page);
      put(number * page, number, 8);
      put(number * page + 10, 0x04, 2);
      put(number * page + 12, pages, 4);
      file.replace(number * page + 16, value.size(), value);
      body.assign(reinterpret_cast<const char*>(&number), 8);
      overflow += pages;
    }
    upper -= (8 + key.size() + body.size() + 1) & ~size_t{1};
    put(leaf + lower, upper, 2);
    lower += 2;
    if (lower > upper) fail(Status::kInternal, "too many records for one leaf");
    put(leaf + upper, value.size(), 4);
    put(leaf + upper + 4, big, 2);
    put(leaf + upper + 6, key.size(), 2);
    file.replace(leaf + upper + 8, key.size() + body.size(), key + body);
  }
  put(leaf, 2, 8);
  put(leaf + 10, 0x02, 2);
  put(leaf + 12, lower, 2);
  put(leaf + 14, upper, 2);
  for (size_t meta : {0, 1}) {
    const size_t at = meta * page, main = at + 16 + 24 + 48;
    put(at, meta, 8);
    put(at + 10, 0x08, 2);
    put(at + 16, 0xBEEFC0DE, 4);
    put(at + 20, 1, 4);
    put(at + 16 + 24, page, 4);
    const bool counts = meta == 1 && !records.empty();
    put(main + 6, counts, 2);  // levels
    put(main + 16, counts, 8);
    put(main + 24, overflow, 8);
    put(main + 32, counts ? records.size() : 0, 8);
    put(main + 40, counts ? 2 : ~uint64_t{0}, 8);
    put(at + 16 + 24 + 96, file.size() / page - 1, 8);
    put(at + 16 + 24 + 104, meta, 8);
  }
  return file;
}

// A database in the folder; its path.
inline std::string make_lmdb(const Folder& folder, const std::string& name,
                             const Records& records) {
  std::filesystem::create_directory(folder.path / name);
  folder.file(name + "/data.mdb", lmdb_bytes(records));
  return folder.file(name);
}

}  // namespace caffe::test
