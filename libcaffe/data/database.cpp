#include "data/database.hpp"

namespace caffe {

Registry<DatabaseBackend>& database_registry() {
  static auto& registry = *new Registry<DatabaseBackend>("database backend");
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
