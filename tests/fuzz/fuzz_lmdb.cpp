// The LMDB reader: whatever the file, opening it and moving about in it ends, in records that can
// be read or in an error.
#include <cstdlib>

#include "data/database.hpp"
#include "support/fuzz.hpp"
#include "support/lmdb.hpp"

namespace caffe::test {

void fuzz_one(const uint8_t* data, size_t size) {
  static const Folder folder;
  const std::string path =
      folder.file("data.mdb", std::string(reinterpret_cast<const char*>(data), size));
  const auto cursor = open_database("LMDB", path);
  const auto read = [&] {
    const Record record = cursor->record();
    // Copies, for the sanitizer to see every byte read.
    if (std::string(record.key).size() + std::string(record.value).size() > 2 * size) std::abort();
  };
  for (int i = 0; i < 50; ++i, cursor->next()) read();
  cursor->seek(cursor->count() - 1);
  read();
  if (cursor->count() < 1) std::abort();
}

std::vector<std::string> fuzz_seeds() {
  const Records records = {
      {"a", "one"}, {"b", std::string(5000, 'x')}, {"c", ""}, {"d", std::string(600, 'y')}};
  return {lmdb_bytes({}), lmdb_bytes({{"key", "value"}}), lmdb_bytes(records)};
}

std::vector<std::string> fuzz_seed_suffixes() {
  return {".mdb"};
}

bool fuzz_change(std::string&, std::mt19937_64&) {
  return false;
}

}  // namespace caffe::test
