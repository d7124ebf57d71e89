#include "data/database.hpp"

namespace caffe {

Registry<DatabaseBackend>& database_registry() {
  static Registry<DatabaseBackend> registry("database backend");
  return registry;
}

std::unique_ptr<DatabaseCursor> open_database(const std::string& backend, const std::string& path) {
  return database_registry().find(backend).open(path);
}

std::unique_ptr<DatabaseWriter> create_database(const std::string& backend,
                                                const std::string& path) {
  return database_registry().find(backend).create(path);
}

}  // namespace caffe
