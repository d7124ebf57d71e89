// Named factories that register themselves from their own file, so that no list has to name them.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/fork.hpp"

namespace caffe {

// Fails with the nearest of `known`, and all of them. `what` is the word for messages.
[[noreturn]] inline void fail_unknown(const std::string& what, const std::string& name,
                                      const std::vector<std::string>& known) {
  fail(Status::kNotFound, "unknown ", what, " ", quoted(name), did_you_mean(name, known),
       " (known: ", joined(known), ")");
}

template <class Factory>
class Registry {
 public:
  // `what` is the word for messages: "layer type".
  explicit Registry(std::string what) : what_(std::move(what)) {}

  void add(const std::string& name, Factory factory) {
    std::lock_guard<Mutex> lock(mutex_);
    if (!factories_.emplace(name, std::move(factory)).second) {
      fail(Status::kInvalidArgument, what_, " ", quoted(name), " is already registered");
    }
  }

  Factory find(const std::string& name) const {
    {
      std::lock_guard<Mutex> lock(mutex_);
      const auto found = factories_.find(name);
      if (found != factories_.end()) return found->second;
    }
    fail_unknown(what_, name, names());
  }

  // In alphabetical order.
  std::vector<std::string> names() const {
    std::lock_guard<Mutex> lock(mutex_);
    std::vector<std::string> names;
    for (const auto& entry : factories_) names.push_back(entry.first);
    return names;
  }

 private:
  const std::string what_;
  mutable Mutex mutex_;
  std::map<std::string, Factory> factories_;
};

}  // namespace caffe
