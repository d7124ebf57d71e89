// data/lmdb_writer.hpp: what the reader finds in what the writer wrote.
#include "data/lmdb_writer.hpp"

#include "data/database.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe {
namespace {

using test::Folder;

std::string key_of(int i, size_t length = 8) {
  std::string digits = std::to_string(i);
  digits.insert(0, 8 - digits.size(), '0');
  return digits + std::string(length - 8, 'k');
}

// Values of every size around those at which they move to pages of their own.
std::string value_of(int i) {
  return std::string(static_cast<size_t>(i * 37 % 9000), static_cast<char>('a' + i % 26));
}

void check_round_trip(int count, size_t key_length, bool values) {
  const Folder folder;
  const std::string path = folder.file("db");
  LmdbWriter writer(path);
  for (int i = 0; i < count; ++i) {
    writer.put(key_of(i, key_length), values ? value_of(i) : "v");
  }
  writer.commit();
  CHECK_EQ(writer.count(), static_cast<uint64_t>(count));
  const auto cursor = open_database("LMDB", path);
  CHECK_EQ(cursor->count(), count);
  for (int i = 0; i < count; ++i, cursor->next()) {
    CHECK(cursor->record().key == key_of(i, key_length));
    CHECK(cursor->record().value == (values ? value_of(i) : "v"));
  }
  CHECK(cursor->record().key == key_of(0, key_length));
  cursor->seek(count / 2);
  CHECK(cursor->record().key == key_of(count / 2, key_length));
}

TEST(lmdb_writer_of_values_of_all_sizes) {
  check_round_trip(600, 8, true);
}

TEST(lmdb_writer_of_trees_of_every_height) {
  // Seven of the longest keys fill a page: every number of children that a last page can have.
  for (int count = 1; count < 120; ++count) check_round_trip(count, 511, false);
  check_round_trip(5000, 511, false);
  check_round_trip(5000, 9, false);
}

TEST(lmdb_writer_of_nothing) {
  const Folder folder;
  LmdbWriter writer(folder.file("db/"));
  writer.commit();
  CHECK_FAILS(Status::kInvalidArgument, "", open_database("LMDB", folder.file("db")));
  CHECK_FAILS(Status::kState, "written already", writer.commit());
}

TEST(lmdb_writer_leaves_nothing_without_commit) {
  const Folder folder;
  {
    LmdbWriter writer(folder.file("db"));
    writer.put("k", "v");
    CHECK(!std::filesystem::exists(folder.file("db")));
  }
  CHECK_EQ(folder.files(), size_t{0});
}

TEST(lmdb_writer_that_cannot_write) {
  const Folder folder;
  folder.file("there", "");
  CHECK_FAILS(Status::kIo, "it is there already", LmdbWriter(folder.file("there")));
  CHECK_FAILS(Status::kIo, "No such file", LmdbWriter(folder.file("no/such/db")));
  CHECK_EQ(folder.files(), size_t{1});
}

TEST(lmdb_writer_of_keys_that_cannot_be) {
  const Folder folder;
  LmdbWriter writer(folder.file("db"));
  CHECK_FAILS(Status::kInvalidArgument, "1 to 511 bytes", writer.put("", "v"));
  CHECK_FAILS(Status::kInvalidArgument, "not 512", writer.put(std::string(512, 'k'), "v"));
  writer.put("b", "v");
  CHECK_FAILS(Status::kInvalidArgument, "\"b\" comes after \"b\"", writer.put("b", "v"));
  CHECK_FAILS(Status::kInvalidArgument, "\"a\" comes after \"b\"", writer.put("a", "v"));
}

}  // namespace
}  // namespace caffe
