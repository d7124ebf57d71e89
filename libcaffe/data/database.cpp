#include "data/database.hpp"

#include <algorithm>

namespace caffe {

Registry<DatabaseOpener>& database_registry() {
  static Registry<DatabaseOpener> registry("database backend");
  return registry;
}

std::unique_ptr<DatabaseCursor> open_database(const std::string& backend, const std::string& path) {
  const std::vector<std::string> known = database_registry().names();
  if (std::find(known.begin(), known.end(), backend) == known.end()) {
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    fail(Status::kUnsupported, path, ": this build reads no ", backend,
         " databases (it reads: ", list, ")");
  }
  return database_registry().find(backend)(path);
}

}  // namespace caffe
