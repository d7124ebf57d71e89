// The LevelDB module: data/leveldb_table.h on libleveldb. No exception leaves a function.
#include <leveldb/db.h>
#include <leveldb/env.h>

#include <cinttypes>
#include <cstdio>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>

#include "data/leveldb_table.h"
#include "modules/leveldb/read_only_folder.hpp"

namespace {

using leveldb::Slice;
using leveldb::Status;

// LevelDB's diary, which nobody reads.
class NoDiary final : public leveldb::Logger {
 public:
  void Logv(const char*, std::va_list) override {}
};

NoDiary no_diary;

// What LevelDB has to do in the background, each on a thread of its own: the one it keeps for that
// is started once, and missing in a child made by fork().
class OwnThreads final : public leveldb::EnvWrapper {
 public:
  OwnThreads() : EnvWrapper(leveldb::Env::Default()) {}

  void Schedule(void (*work)(void*), void* argument) override {
    try {
      std::thread(work, argument).detach();
    } catch (const std::system_error&) {
      target()->Schedule(work, argument);  // it may have its thread already
    }
  }
};

}  // namespace

// Members go in the order opposite to that in which they came: an iterator before its database,
// that before its files.
struct caffe_leveldb_reader {
  ~caffe_leveldb_reader() { folder.finish(); }

  caffe::leveldb_module::ReadOnlyFolder folder;
  std::unique_ptr<leveldb::DB> database;
  std::unique_ptr<leveldb::Iterator> place;
};

struct caffe_leveldb_writer {
  OwnThreads env;
  std::string path;
  leveldb::Options options;
  std::unique_ptr<leveldb::DB> database;
};

namespace {

int failed(caffe_leveldb_error* error, bool damaged, const char* text) {
  error->damaged = damaged;
  std::snprintf(error->text, sizeof error->text, "%s", text);
  return 1;
}

// What body() does; it returns a Status.
template <class Body>
int run(caffe_leveldb_error* error, const Body& body) {
  try {
    const Status status = body();
    if (status.ok()) return 0;
    return failed(error, status.IsCorruption(), status.ToString().c_str());
  } catch (const std::exception& exception) {
    return failed(error, false, exception.what());
  }
}

Status open_database(const leveldb::Options& options, const std::string& path,
                     std::unique_ptr<leveldb::DB>* out) {
  leveldb::DB* database = nullptr;
  const Status status = leveldb::DB::Open(options, path, &database);
  out->reset(database);
  return status;
}

// Compares the tables' sizes with those that the database has written down, so that one that was
// cut is refused before hours are spent on its first part. Lines of the listing look like
// " 5:46922['first' @ 1 : 1 .. 'last' @ 20 : 1]" and, between levels, "--- level 1 ---".
Status check_tables(caffe_leveldb_reader* reader, const std::string& path) {
  std::string listing;
  reader->database->GetProperty("leveldb.sstables", &listing);
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    uint64_t number = 0, expected = 0, size = 0;
    if (std::sscanf(line.c_str(), " %" SCNu64 ":%" SCNu64 "[", &number, &expected) != 2) continue;
    char name[40];
    std::snprintf(name, sizeof name, "/%06" PRIu64, number);
    // Tables of LevelDB before 1.14 end in .sst.
    std::string file = path + name + ".ldb";
    if (!reader->folder.FileExists(file)) file = path + name + ".sst";
    const Status status = reader->folder.GetFileSize(file, &size);
    if (!status.ok()) return status;
    if (size != expected) {
      return Status::Corruption(file, "it has " + std::to_string(size) + " bytes, expected " +
                                          std::to_string(expected) + "; was it cut short?");
    }
  }
  return Status::OK();
}

std::unique_ptr<leveldb::Iterator> new_iterator(const caffe_leveldb_reader* reader) {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;  // records are read one after the other
  return std::unique_ptr<leveldb::Iterator>(reader->database->NewIterator(options));
}

int open(caffe_leveldb_reader** out, const char* path, caffe_leveldb_error* error) {
  return run(error, [&] {
    auto reader = std::make_unique<caffe_leveldb_reader>();
    leveldb::Options options;
    options.env = &reader->folder;
    options.info_log = &no_diary;
    options.paranoid_checks = true;
    Status status = open_database(options, path, &reader->database);
    if (status.ok()) status = check_tables(reader.get(), path);
    if (!status.ok()) return status;
    reader->place = new_iterator(reader.get());
    *out = reader.release();
    return status;
  });
}

void close(caffe_leveldb_reader* reader) {
  delete reader;
}

// An iterator passes damaged blocks over and remains valid; its status remembers them.
Status arrived(const leveldb::Iterator& place, int* found) {
  *found = place.Valid();
  return place.status();
}

int first(caffe_leveldb_reader* reader, int* found, caffe_leveldb_error* error) {
  return run(error, [&] {
    if (!reader->place->status().ok()) reader->place = new_iterator(reader);
    reader->place->SeekToFirst();
    return arrived(*reader->place, found);
  });
}

int next(caffe_leveldb_reader* reader, int* found, caffe_leveldb_error* error) {
  return run(error, [&] {
    if (reader->place->Valid()) reader->place->Next();
    return arrived(*reader->place, found);
  });
}

void record(const caffe_leveldb_reader* reader, caffe_leveldb_bytes* key,
            caffe_leveldb_bytes* value) {
  const Slice found_key = reader->place->key(), found_value = reader->place->value();
  *key = {found_key.data(), found_key.size()};
  *value = {found_value.data(), found_value.size()};
}

int count(const caffe_leveldb_reader* reader, int64_t* out, caffe_leveldb_error* error) {
  return run(error, [&] {
    const auto place = new_iterator(reader);
    *out = 0;
    for (place->SeekToFirst(); place->Valid(); place->Next()) ++*out;
    return place->status();
  });
}

int create(caffe_leveldb_writer** out, const char* path, caffe_leveldb_error* error) {
  return run(error, [&] {
    auto writer = std::make_unique<caffe_leveldb_writer>();
    writer->path = path;
    leveldb::Options& options = writer->options;
    options.info_log = &no_diary;
    options.env = &writer->env;
    options.create_if_missing = true;
    // Large records in great number, read in order: large blocks, few files.
    options.block_size = 64 << 10;
    options.write_buffer_size = 64 << 20;
    options.max_file_size = 64 << 20;
    const Status status = open_database(options, writer->path, &writer->database);
    if (status.ok()) *out = writer.release();
    return status;
  });
}

int put(caffe_leveldb_writer* writer, caffe_leveldb_bytes key, caffe_leveldb_bytes value,
        caffe_leveldb_error* error) {
  return run(error, [&] {
    return writer->database->Put({}, Slice(key.data, key.size), Slice(value.data, value.size));
  });
}

// The last records are in the log only. Opening a database moves them to a table and makes sure
// that it is on the disk; readers then find nothing to replay.
int finish(caffe_leveldb_writer* writer, caffe_leveldb_error* error) {
  return run(error, [&] {
    writer->database.reset();
    const Status status = open_database(writer->options, writer->path, &writer->database);
    writer->database.reset();
    return status;
  });
}

void discard(caffe_leveldb_writer* writer) {
  delete writer;
}

const caffe_leveldb_table table = {open,  close,  first, next,   record,
                                   count, create, put,   finish, discard};

}  // namespace

extern "C" __attribute__((visibility("default"))) const void* caffe_module_table(int version) {
  return version == CAFFE_LEVELDB_TABLE_VERSION ? &table : nullptr;
}
