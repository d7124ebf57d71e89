// Texts that are kept for as long as the process lives.
#include "api/text.hpp"

#include <mutex>
#include <set>

#include "core/fork.hpp"

namespace caffe::api {

const char* eternal_text(const std::string& text) {
  static Mutex mutex;
  std::lock_guard<Mutex> lock(mutex);
  static auto& texts = *new std::set<std::string>;
  return texts.insert(text).first->c_str();
}

void name_at(const char** name, const std::vector<std::string>& names, int64_t index,
             const char* what) {
  require(name, "name");
  if (index < 0 || index >= static_cast<int64_t>(names.size())) {
    fail(Status::kNotFound, "there is no ", what, " ", index, ", only ", names.size());
  }
  *name = eternal_text(names[static_cast<size_t>(index)]);
}

}  // namespace caffe::api
