// data/leveldb.cpp: what the reader finds in what Caffe and the writer wrote, and in damaged
// folders.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <thread>
#include <vector>

#include "core/files.hpp"
#include "data/database.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe {
namespace {

namespace fs = std::filesystem;
using test::Folder;

std::string key_of(int64_t i) {
  const std::string digits = std::to_string(i);
  return std::string(8 - digits.size(), '0') + digits;
}

// Every other value is one that compresses badly.
std::string value_of(int64_t i) {
  std::string value(static_cast<size_t>(i * 37 % 9000), static_cast<char>('a' + i % 26));
  uint32_t state = static_cast<uint32_t>(i);
  for (char& byte : value) {
    if (i % 2 == 0) break;
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return value;
}

std::string write(const Folder& folder, const std::string& name, int64_t count) {
  const std::string path = folder.file(name);
  const auto writer = create_database("LEVELDB", path);
  for (int64_t i = 0; i < count; ++i) writer->put(key_of(i), value_of(i));
  writer->commit();
  CHECK_EQ(writer->count(), static_cast<uint64_t>(count));
  return path;
}

// What the files in a folder hold, to compare.
std::map<std::string, std::string> contents(const fs::path& path) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(path)) {
    files[entry.path().filename()] = read_file(entry.path());
  }
  return files;
}

std::string copy_of(const Folder& folder, const std::string& name, const std::string& path) {
  fs::create_directory(folder.path / name);
  for (const auto& [file, bytes] : contents(path)) folder.file(name + "/" + file, bytes);
  return folder.file(name);
}

std::string file_ending(const std::string& path, const std::string& ending) {
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path();
    if (name.ends_with(ending) && fs::file_size(name) > 0) return name;
  }
  return path + "/none" + ending;
}

// Reaches for all there is; what a reader of a whole epoch would do.
void read_all(DatabaseCursor& cursor) {
  do {
    cursor.record();
    cursor.next();
  } while (cursor.index() != 0);
}

TEST(leveldb_gives_back_what_was_written) {
  const Folder folder;
  for (const int64_t count : {1, 2, 600}) {
    const auto cursor = open_database("LEVELDB", write(folder, std::to_string(count), count));
    for (int64_t i = 0; i < 2 * count; ++i, cursor->next()) {
      CHECK_EQ(cursor->index(), i % count);
      CHECK(cursor->record().key == key_of(i % count));
      CHECK(cursor->record().value == value_of(i % count));
    }
    CHECK_EQ(cursor->count(), count);
  }
}

// More than LevelDB keeps in memory before it begins a table.
TEST(leveldb_of_several_tables) {
  const Folder folder;
  const auto writer = create_database("LEVELDB", folder.file("db"));
  const std::string value(1 << 20, 'v');
  for (int64_t i = 0; i < 150; ++i) writer->put(key_of(i), key_of(i) + value);
  writer->commit();
  const auto cursor = open_database("LEVELDB", folder.file("db"));
  CHECK_EQ(cursor->count(), 150);
  for (int64_t i = 0; i < 150; ++i, cursor->next()) {
    CHECK(cursor->record().value == key_of(i) + value);
  }
}

TEST(leveldb_seeks_and_wraps) {
  const Folder folder;
  const std::string path = write(folder, "db", 7);
  for (const int64_t place : {0, 3, 6, 7, 8, 20, 1000003}) {
    const auto cursor = open_database("LEVELDB", path);
    cursor->seek(place);
    CHECK_EQ(cursor->index(), place % 7);
    CHECK(cursor->record().key == key_of(place % 7));
    cursor->seek(2);
    CHECK(cursor->record().key == key_of(2));
    CHECK_EQ(cursor->count(), 7);
    CHECK(cursor->record().key == key_of(2));
  }
  CHECK_FAILS(Status::kInvalidArgument, "no record -1", open_database("LEVELDB", path)->seek(-1));
}

// Written by Caffe: in a log only, and in tables compressed with snappy.
TEST(leveldb_reads_what_caffe_wrote_and_leaves_it_alone) {
  const Folder folder;
  const auto lmdb = open_database("LMDB", test::shared_file("conformance/data/db_lmdb_raw"));
  for (const std::string name : {"db_leveldb_raw", "db_leveldb_tables"}) {
    const std::string path = copy_of(folder, name, test::shared_file("conformance/data/" + name));
    const auto before = contents(path);
    {
      const auto one = open_database("LEVELDB", path), other = open_database("LEVELDB", path);
      CHECK_EQ(one->count(), lmdb->count());
      other->seek(5);
      for (int64_t i = 0; i < one->count(); ++i, one->next(), other->next(), lmdb->next()) {
        CHECK(one->record().key == lmdb->record().key);
        CHECK(one->record().value == lmdb->record().value);
        CHECK_EQ(other->index(), (i + 5) % one->count());
      }
    }
    CHECK(contents(path) == before);
  }
}

TEST(leveldb_has_many_readers) {
  const Folder folder;
  const std::string path = write(folder, "db", 50);
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      const auto cursor = open_database("LEVELDB", path);
      read_all(*cursor);
      if (cursor->record().value == value_of(0)) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(right.load(), 20);
}

TEST(leveldb_that_is_none) {
  const Folder folder;
  CHECK_FAILS(Status::kIo, "no_db: no such LevelDB database",
              open_database("LEVELDB", folder.file("no_db")));
  CHECK_FAILS(Status::kIo, "there is no CURRENT in it",
              open_database("LEVELDB", folder.path.string()));
  CHECK_FAILS(Status::kParse, "file: this is a text file, not a LevelDB database",
              open_database("LEVELDB", folder.file("file", "text")));
  CHECK_EQ(folder.files(), size_t{1});
  std::filesystem::create_directory(folder.file("lmdb"));
  folder.file("lmdb/data.mdb", "");
  CHECK_FAILS(Status::kParse, "this is an LMDB database, not a LevelDB; write backend: LMDB",
              open_database("LEVELDB", folder.file("lmdb")));
  CHECK_FAILS(Status::kInvalidArgument, "empty: the database is empty",
              open_database("LEVELDB", write(folder, "empty", 0)));
}

TEST(leveldb_that_lacks_files_or_their_ends) {
  const Folder folder;
  const std::string good = write(folder, "good", 600);
  int number = 0;
  for (const std::string ending : {".ldb", "CURRENT"}) {
    const std::string path = copy_of(folder, std::to_string(number++), good);
    CHECK(fs::remove(file_ending(path, ending)));
    CHECK_FAILS(ending == ".ldb" ? Status::kParse : Status::kIo, path,
                open_database("LEVELDB", path));
  }
  for (const std::string ending : {".ldb", "CURRENT", "MANIFEST-000004", "MANIFEST-000005"}) {
    const std::string path = copy_of(folder, std::to_string(number++), good);
    const std::string file = file_ending(path, ending);
    if (!fs::exists(file)) continue;  // one manifest or the other
    fs::resize_file(file, fs::file_size(file) - 1);
    CHECK_FAILS(Status::kParse, path + ": damaged LevelDB database",
                open_database("LEVELDB", path));
  }
}

// Its records would be missing without a word.
TEST(leveldb_log_cut_short_is_refused_at_once) {
  const Folder folder;
  const std::string path =
      copy_of(folder, "db", test::shared_file("conformance/data/db_leveldb_raw"));
  const std::string log = file_ending(path, ".log"), bytes = read_file(log);
  int refused = 0;
  for (size_t size = bytes.size() - 1; size > 0; size -= std::min<size_t>(size, 1237)) {
    folder.file("db/" + fs::path(log).filename().string(), bytes.substr(0, size));
    try {
      open_database("LEVELDB", path);
    } catch (const Error& error) {
      CHECK(error.status() == Status::kParse);
      CHECK(std::string(error.what()).find("cut short?") != std::string::npos);
      ++refused;
    }
  }
  CHECK(refused > 30);
}

// Whatever byte of whatever file is wrong, reading ends; in an error or in other records.
TEST(leveldb_with_a_wrong_byte_never_crashes) {
  const Folder folder;
  for (const std::string name : {"db_leveldb_raw", "db_leveldb_tables"}) {
    const std::string path = copy_of(folder, name, test::shared_file("conformance/data/" + name));
    int refused = 0;
    for (const auto& [file, good] : contents(path)) {
      if (file.starts_with("LO") && !file.ends_with(".log")) continue;
      // All of a small file, some of a large one, and its end, where tables have their index.
      const size_t step = good.size() < 200 ? 1 : 331,
                   end = good.size() < 200 ? 0 : good.size() - 120;
      for (size_t i = 0; i < good.size(); i += i < end ? step : 1) {
        std::string bytes = good;
        bytes[i] = static_cast<char>(~bytes[i]);
        folder.file(name + "/" + file, bytes);
        try {
          const auto cursor = open_database("LEVELDB", path);
          read_all(*cursor);
          cursor->seek(3);
        } catch (const Error&) {
          ++refused;
        }
      }
      folder.file(name + "/" + file, good);
    }
    CHECK(refused > 200);
    CHECK_EQ(open_database("LEVELDB", path)->count(), 20);
  }
}

// Where it has stopped there is no record; those before it are found again, and so is that one once
// it can be read.
TEST(leveldb_is_sought_again_after_a_record_that_could_not_be_read) {
  const Folder folder;
  const std::string path = write(folder, "db", 600);
  const std::string table = file_ending(path, ".ldb"), good = read_file(table);
  const auto write_at = [&](size_t at, char byte) {
    std::fstream(table, std::ios::in | std::ios::out | std::ios::binary).seekp(at).put(byte);
  };
  for (const size_t at : {good.size() / 2, good.size() * 9 / 10}) {
    const auto cursor = open_database("LEVELDB", path);
    write_at(at, static_cast<char>(~good[at]));
    int64_t last = -1;
    const auto read_on = [&] {
      for (last = cursor->index(); last < 599; ++last) cursor->next();
    };
    CHECK_FAILS(Status::kParse, "damaged LevelDB database", read_on());
    const int64_t damaged = last + 1;
    CHECK(damaged > 100);
    CHECK_FAILS(Status::kParse, "damaged LevelDB database", cursor->seek(damaged));
    cursor->seek(damaged - 1);
    CHECK(cursor->record().value == value_of(damaged - 1));
    write_at(at, good[at]);
    cursor->seek(damaged);
    CHECK(cursor->record().value == value_of(damaged));
  }
}

TEST(leveldb_writer_leaves_nothing_without_commit) {
  const Folder folder;
  {
    const auto writer = create_database("LEVELDB", folder.file("db"));
    writer->put("k", "v");
    CHECK(!fs::exists(folder.file("db")));
  }
  CHECK_EQ(folder.files(), size_t{0});
}

TEST(leveldb_writer_that_cannot_write) {
  const Folder folder;
  folder.file("there", "");
  CHECK_FAILS(Status::kIo, "it is there already", create_database("LEVELDB", folder.file("there")));
  CHECK_FAILS(Status::kIo, "No such file", create_database("LEVELDB", folder.file("no/such/db")));
  const auto writer = create_database("LEVELDB", folder.file("db"));
  CHECK_FAILS(Status::kInvalidArgument, "a key of a database is empty", writer->put("", "v"));
  writer->put("b", "v");
  CHECK_FAILS(Status::kInvalidArgument, "\"b\" comes after \"b\"", writer->put("b", "v"));
  CHECK_FAILS(Status::kInvalidArgument, "\"a\" comes after \"b\"", writer->put("a", "v"));
  writer->commit();
  CHECK_FAILS(Status::kState, "written already", writer->put("c", "v"));
  CHECK_FAILS(Status::kState, "written already", writer->commit());
  CHECK_EQ(open_database("LEVELDB", folder.file("db"))->count(), 1);
}

}  // namespace
}  // namespace caffe
