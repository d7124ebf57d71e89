// data/database.hpp and data/lmdb.cpp: records in order, from sound files only.
#include <atomic>
#include <thread>

#include "core/files.hpp"
#include "data/database.hpp"
#include "support/check.hpp"
#include "support/lmdb.hpp"

namespace caffe {
namespace {

namespace fs = std::filesystem;
using test::Folder;
using test::lmdb_bytes;
using test::make_lmdb;

const test::Records kRecords = {
    {"a", "one"}, {"b", std::string(10000, 'x')}, {"c", ""}, {"d", std::string(600, 'y')}};

// Reaches for all there is; what a reader of a whole epoch would do.
void read_all(DatabaseCursor& cursor) {
  for (int64_t i = 0; i < cursor.count(); ++i, cursor.next()) cursor.record();
}

TEST(lmdb_reads_its_records_in_order_and_wraps) {
  const Folder folder;
  const auto cursor = open_database("LMDB", make_lmdb(folder, "db", kRecords));
  CHECK_EQ(cursor->count(), 4);
  for (size_t i = 0; i < 9; ++i, cursor->next()) {
    CHECK_EQ(cursor->record().key, kRecords[i % 4].first);
    CHECK_EQ(cursor->record().value, kRecords[i % 4].second);
  }
  cursor->seek(6);
  CHECK_EQ(cursor->record().key, "c");
  CHECK_FAILS(Status::kInvalidArgument, "no record -1", cursor->seek(-1));
}

TEST(lmdb_opens_the_file_itself) {
  const Folder folder;
  const std::string path = folder.file("digits.mdb", lmdb_bytes(kRecords));
  CHECK_EQ(open_database("LMDB", path)->count(), 4);
}

// Written by Caffe; three levels.
TEST(lmdb_reads_a_tree_of_several_levels) {
  const std::string path = test::shared_file("zoo/weights/verifycode_lmdb/test_lmdb");
  const auto cursor = open_database("LMDB", path), other = open_database("LMDB", path);
  CHECK_EQ(cursor->count(), 400);
  std::string last;
  for (int64_t i = 0; i < 400; ++i, cursor->next()) {
    const Record record = cursor->record();
    CHECK_EQ(std::stoll(std::string(record.key.substr(0, 8))), i);
    CHECK_EQ(record.value.size(), size_t{1729});
    CHECK(last < record.key);
    last = record.key;
    if (i % 37 == 0) {
      other->seek(i + 800);
      CHECK_EQ(other->record().key, record.key);
      CHECK(other->record().value == record.value);
    }
  }
  CHECK_EQ(cursor->record().key.substr(0, 8), "00000000");
  // Up and down, to leaves that were passed and to others, and on from there.
  const auto jumping = open_database("LMDB", path);
  for (int64_t i = 0; i < 400; ++i) {
    const int64_t place = i * 177 % 400;
    jumping->seek(place);
    CHECK_EQ(std::stoll(std::string(jumping->record().key.substr(0, 8))), place);
    CHECK_EQ(jumping->index(), place);
    jumping->next();
    CHECK_EQ(std::stoll(std::string(jumping->record().key.substr(0, 8))), (place + 1) % 400);
  }
}

TEST(lmdb_has_many_readers) {
  const Folder folder;
  const std::string path = make_lmdb(folder, "db", kRecords);
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 200; ++i) {
    threads.emplace_back([&] {
      const auto cursor = open_database("LMDB", path);
      read_all(*cursor);
      if (cursor->record().value == "one") ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(right.load(), 200);
  CHECK_EQ(std::distance(fs::directory_iterator(path), {}), 1);  // no lock file
}

TEST(lmdb_that_is_none) {
  const Folder folder;
  CHECK_FAILS(Status::kIo, "no_db: no such LMDB database",
              open_database("LMDB", folder.file("no_db")));
  CHECK_FAILS(Status::kIo, "there is no data.mdb in it",
              open_database("LMDB", folder.path.string()));
  CHECK_FAILS(Status::kInvalidArgument, "empty/data.mdb: the database is empty",
              open_database("LMDB", make_lmdb(folder, "empty", {})));
  CHECK_FAILS(Status::kParse, "text: this is a text file, not an LMDB database",
              open_database("LMDB", folder.file("text", std::string(9000, 't'))));
  CHECK_FAILS(Status::kParse, "bytes: not an LMDB file",
              open_database("LMDB", folder.file("bytes", std::string(9000, '\x01'))));
  folder.file("CURRENT", "MANIFEST-000001\n");
  CHECK_FAILS(Status::kParse, "this is a LevelDB database, not an LMDB; write backend: LEVELDB",
              open_database("LMDB", folder.path.string()));
  CHECK_FAILS(Status::kParse, "damaged", open_database("LMDB", folder.file("nothing", "")));
  CHECK_FAILS(Status::kNotFound, "unknown database backend \"SQL\" (known: LEVELDB, LMDB)",
              open_database("SQL", folder.path.string()));
}

TEST(lmdb_of_another_version) {
  const Folder folder;
  std::string bytes = lmdb_bytes(kRecords);
  bytes[20] = 2;
  CHECK_FAILS(Status::kUnsupported, "LMDB format 2, expected 1",
              open_database("LMDB", folder.file("a", bytes)));
}

TEST(lmdb_cut_short_is_refused_at_once) {
  const Folder folder;
  const std::string bytes = lmdb_bytes(kRecords);
  for (size_t size = 0; size < bytes.size(); size += 1024) {
    CHECK_FAILS(Status::kParse,
                "a: ", open_database("LMDB", folder.file("a", bytes.substr(0, size))));
  }
}

// A leaf of none would have seek() look at leaves for ever.
TEST(lmdb_pages_without_a_node_are_refused) {
  const Folder folder;
  std::string bytes = lmdb_bytes(kRecords);
  constexpr size_t kPage = 4096, kFlags = 10, kLower = 12;
  for (size_t page = 2 * kPage; page < bytes.size(); page += kPage) {
    if ((bytes[page + kFlags] & 2) == 0) continue;  // a leaf's
    bytes[page + kLower] = 17;
    bytes[page + kLower + 1] = 0;
  }
  CHECK_FAILS(Status::kParse, "a page has no nodes",
              open_database("LMDB", folder.file("a", bytes)));
}

// Pages freed by the transaction that made them are not written.
TEST(lmdb_may_lack_pages_that_nobody_needs) {
  const Folder folder;
  std::string bytes = lmdb_bytes(kRecords);
  for (size_t meta : {0, 4096}) bytes[meta + 16 + 24 + 96] += 3;
  CHECK_EQ(open_database("LMDB", folder.file("a", bytes))->count(), 4);
}

// Whatever byte is wrong, reading ends; in an error or in other records.
TEST(lmdb_with_a_wrong_byte_never_crashes) {
  const Folder folder;
  const std::string good = lmdb_bytes(kRecords);
  int refused = 0;
  for (size_t i = 4096; i < 3 * 4096; ++i) {
    if (good[i] == 0 && i % 64 != 0) continue;
    std::string bytes = good;
    bytes[i] = static_cast<char>(~bytes[i]);
    const std::string path = folder.file("a", bytes);
    try {
      const auto cursor = open_database("LMDB", path);
      for (int step = 0; step < 10; ++step, cursor->next()) cursor->record();
      cursor->seek(3);
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 20);
}

}  // namespace
}  // namespace caffe
