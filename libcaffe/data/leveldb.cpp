// LevelDB databases, reached through the module "leveldb", opened at the first use.
//
// Readers change nothing in the folder and take no lock: any number of them, in any number of
// processes, read what was there when they opened it. A program that writes to the folder meanwhile
// may remove files that a reader still needs, which then fails.
//
// A LevelDB does not know how many records it has nor where the n-th is, so that both take reading.
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/file_kind.hpp"
#include "core/fork.hpp"
#include "core/modules.hpp"
#include "data/database.hpp"
#include "data/database_folder.hpp"
#include "data/leveldb_table.h"

namespace caffe {
namespace {

namespace fs = std::filesystem;

const caffe_leveldb_table* leveldb_table() {
  return static_cast<const caffe_leveldb_table*>(
      module_table("leveldb", CAFFE_LEVELDB_TABLE_VERSION, "libleveldb (Debian: libleveldb1d)"));
}

class LevelDbCursor : public DatabaseCursor {
 public:
  explicit LevelDbCursor(const std::string& path) : table_(leveldb_table()), path_(path) {
    {
      const ForkHold hold;  // LevelDB makes what it has in common for all when it is first used
      run([&](caffe_leveldb_error* error) { return table_->open(&reader_, path.c_str(), error); });
    }
    try {
      first();
    } catch (...) {
      table_->close(reader_);
      throw;
    }
  }
  ~LevelDbCursor() override { table_->close(reader_); }
  LevelDbCursor(const LevelDbCursor&) = delete;
  LevelDbCursor& operator=(const LevelDbCursor&) = delete;

  int64_t count() const override {
    if (!count_) {
      int64_t count = 0;
      run([&](caffe_leveldb_error* error) { return table_->count(reader_, &count, error); });
      count_ = count;
    }
    return *count_;
  }

  int64_t index() const override { return index_; }

  Record record() const override {
    caffe_leveldb_bytes key, value;
    table_->record(reader_, &key, &value);
    return {{key.data, key.size}, {value.data, value.size}};
  }

  void next() override {
    const int64_t behind = std::exchange(index_, kNowhere) + 1;
    int found = 0;
    run([&](caffe_leveldb_error* error) { return table_->next(reader_, &found, error); });
    if (found != 0) {
      index_ = behind;
    } else {
      count_ = behind;
      first();
    }
  }

  void seek(int64_t n) override {
    if (n < 0) fail(Status::kInvalidArgument, "no record ", n, " in a database");
    if (count_) n %= *count_;
    if (n < index_) first();
    while (index_ < n) {
      next();
      if (index_ == 0) n %= *count_;
    }
  }

 private:
  template <class Call>
  void run(const Call& call) const {
    caffe_leveldb_error error{};
    if (call(&error) == 0) return;
    if (error.damaged != 0) {
      fail(Status::kParse, path_, ": damaged LevelDB database: ", error.text);
    }
    fail(Status::kIo, path_, ": cannot read the LevelDB database: ", error.text);
  }

  void first() {
    index_ = kNowhere;
    int found = 0;
    run([&](caffe_leveldb_error* error) { return table_->first(reader_, &found, error); });
    if (found == 0) fail(Status::kInvalidArgument, path_, ": the database is empty");
    index_ = 0;
  }

  static constexpr int64_t kNowhere = INT64_MAX - 1;  // behind all records, so that seek() begins

  const caffe_leveldb_table* const table_;
  const std::string path_;
  caffe_leveldb_reader* reader_ = nullptr;
  int64_t index_ = kNowhere;
  mutable std::optional<int64_t> count_;  // once it is known
};

class LevelDbWriter : public DatabaseWriter {
 public:
  explicit LevelDbWriter(const std::string& path) : table_(leveldb_table()), folder_(path) {
    run([&](caffe_leveldb_error* error) {
      return table_->create(&writer_, folder_.place().c_str(), error);
    });
  }
  ~LevelDbWriter() override { discard(); }
  LevelDbWriter(const LevelDbWriter&) = delete;
  LevelDbWriter& operator=(const LevelDbWriter&) = delete;

  void put(std::string_view key, std::string_view value) override {
    if (writer_ == nullptr) fail(Status::kState, "the database is written already");
    if (key.empty()) fail(Status::kInvalidArgument, "a key of a database is empty");
    if (entries_ > 0 && key <= last_key_) {
      fail(Status::kInvalidArgument, "keys of a database must ascend: ", quoted(key),
           " comes after ", quoted(last_key_));
    }
    if (value.size() > INT32_MAX) {
      fail(Status::kInvalidArgument, "a record of a database has at most 2 GB, not ", value.size());
    }
    run([&](caffe_leveldb_error* error) {
      return table_->put(writer_, {key.data(), key.size()}, {value.data(), value.size()}, error);
    });
    last_key_ = key;
    ++entries_;
  }

  void commit() override {
    if (writer_ == nullptr) fail(Status::kState, "the database is written already");
    run([&](caffe_leveldb_error* error) { return table_->finish(writer_, error); });
    discard();
    folder_.commit();
  }

  uint64_t count() const override { return entries_; }

 private:
  template <class Call>
  void run(const Call& call) const {
    caffe_leveldb_error error{};
    if (call(&error) == 0) return;
    fail(Status::kIo, "cannot write the database ", quoted(folder_.path().string()), ": ",
         error.text);
  }

  void discard() {
    if (writer_ != nullptr) table_->discard(writer_);
    writer_ = nullptr;
  }

  const caffe_leveldb_table* const table_;
  DatabaseFolder folder_;
  caffe_leveldb_writer* writer_ = nullptr;
  uint64_t entries_ = 0;
  std::string last_key_;
};

std::unique_ptr<DatabaseCursor> open_leveldb(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) fail(Status::kIo, path, ": no such LevelDB database");
  const FileKind kind = kind_of_file(path);
  if (kind == FileKind::kLmdb) {
    fail(Status::kParse, path,
         ": this is an LMDB database, not a LevelDB; write backend: LMDB, as ",
         "LEVELDB is what is meant without");
  }
  reject_other_kinds(path, kind, {FileKind::kLevelDb, FileKind::kFolder}, "a LevelDB database");
  if (!fs::exists(fs::path(path) / "CURRENT", error)) {
    fail(Status::kIo, path, ": is not a LevelDB database, there is no CURRENT in it");
  }
  return std::make_unique<LevelDbCursor>(path);
}

const DatabaseRegistration registration("LEVELDB", {open_leveldb, [](const std::string& path) {
                                                      return std::make_unique<LevelDbWriter>(path);
                                                    }});

}  // namespace
}  // namespace caffe
