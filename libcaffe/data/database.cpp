#include "data/database.hpp"

namespace caffe {

Registry<DatabaseBackend>& database_registry() {
  static auto& registry = *new Registry<DatabaseBackend>("database backend");
  return registry;
}

namespace {

constexpr const char* kScheme = "://";

}  // namespace

bool has_own_backend(const std::string& path) {
  const size_t end = path.find(kScheme);
  return end != std::string::npos && path.find('/') > end;
}

std::unique_ptr<DatabaseCursor> open_database(const std::string& backend, const std::string& path) {
  if (!has_own_backend(path)) return database_registry().find(backend).open(path);
  const size_t end = path.find(kScheme);
  return database_registry().find(path.substr(0, end)).open(path.substr(end + 3));
}

std::unique_ptr<DatabaseWriter> create_database(const std::string& backend,
                                                const std::string& path) {
  return database_registry().find(backend).create(path);
}

}  // namespace caffe
