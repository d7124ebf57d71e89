// Named factories that register themselves from their own file, so that no list has to name them.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace caffe {

template <class Factory>
class Registry {
 public:
  // `what` is the word for messages: "layer type".
  explicit Registry(std::string what) : what_(std::move(what)) {}

  void add(const std::string& name, Factory factory) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!factories_.emplace(name, std::move(factory)).second) {
      fail(Status::kInvalidArgument, what_, " ", quoted(name), " is already registered");
    }
  }

  Factory find(const std::string& name) const {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      const auto found = factories_.find(name);
      if (found != factories_.end()) return found->second;
    }
    std::string known;
    for (const std::string& each : names()) known += (known.empty() ? "" : ", ") + each;
    fail(Status::kNotFound, "unknown ", what_, " ", quoted(name), did_you_mean(name, names()),
         " (known: ", known, ")");
  }

  // In alphabetical order.
  std::vector<std::string> names() const {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::string> names;
    for (const auto& entry : factories_) names.push_back(entry.first);
    return names;
  }

 private:
  const std::string what_;
  mutable std::mutex mutex_;
  std::map<std::string, Factory> factories_;
};

}  // namespace caffe
