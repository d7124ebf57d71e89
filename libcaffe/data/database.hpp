// Databases of records that data layers read and the tools write: backends that register themselves
// by the name that data_param.backend gives them ("LMDB", "LEVELDB").
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/registry.hpp"

namespace caffe {

struct Record {
  std::string_view key, value;
};

// A place in a database that is open for reading; used by one thread at a time. Any number of them
// may be open on one database, in one process and in several.
class DatabaseCursor {
 public:
  virtual ~DatabaseCursor() = default;

  // The number of records, at least 1. A backend may have to read all of them to know it.
  virtual int64_t count() const = 0;
  // The number of the record here, counted from 0.
  virtual int64_t index() const = 0;
  // The record here, borrowed until the cursor moves, or until it goes if records are lasting().
  virtual Record record() const = 0;
  virtual bool lasting() const { return false; }
  // To the next record in the order of the keys; after the last comes the first. When it fails the
  // cursor is nowhere, until seek() finds a record.
  virtual void next() = 0;
  // To record n, counted from 0 and modulo their number. When it fails it is as after next().
  virtual void seek(int64_t n) = 0;
};

// A new database, a folder, that appears in its place at commit(); until then it grows beside it,
// and without commit() nothing is left.
class DatabaseWriter {
 public:
  virtual ~DatabaseWriter() = default;

  // Keys are not empty and come in ascending order.
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void commit() = 0;
  // The number of records so far.
  virtual uint64_t count() const = 0;
};

struct DatabaseBackend {
  std::function<std::unique_ptr<DatabaseCursor>(const std::string& path)> open;
  std::function<std::unique_ptr<DatabaseWriter>(const std::string& path)> create;
};

Registry<DatabaseBackend>& database_registry();

// At the first record of the database at `path`. Fails when there is no such backend or database,
// and when the database is empty or damaged. A path "NAME://REST" is opened by the program's own
// backend NAME, whatever `backend` says.
std::unique_ptr<DatabaseCursor> open_database(const std::string& backend, const std::string& path);

// Whether a path names a backend of the program's own: those find records in any order.
bool has_own_backend(const std::string& path);

// Fails when there is no such backend, and when there is something at `path`.
std::unique_ptr<DatabaseWriter> create_database(const std::string& backend,
                                                const std::string& path);

struct DatabaseRegistration {
  DatabaseRegistration(const char* name, DatabaseBackend backend) {
    database_registry().add(name, std::move(backend));
  }
};

}  // namespace caffe
