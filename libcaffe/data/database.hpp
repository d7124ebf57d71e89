// Databases of records that data layers read: sources that register themselves by the name that
// data_param.backend gives them ("LMDB").
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

  // The number of records, at least 1.
  virtual int64_t count() const = 0;
  // The record here, borrowed until the cursor moves.
  virtual Record record() const = 0;
  // To the next record in the order of the keys; after the last comes the first.
  virtual void next() = 0;
  // To record n, counted from 0 and modulo their number.
  virtual void seek(int64_t n) = 0;
};

using DatabaseOpener = std::function<std::unique_ptr<DatabaseCursor>(const std::string& path)>;

Registry<DatabaseOpener>& database_registry();

// At the first record of the database at `path`. Fails when this build does not know the backend,
// when there is no such database, and when it is empty or damaged.
std::unique_ptr<DatabaseCursor> open_database(const std::string& backend, const std::string& path);

struct DatabaseRegistration {
  DatabaseRegistration(const char* backend, DatabaseOpener opener) {
    database_registry().add(backend, std::move(opener));
  }
};

}  // namespace caffe
