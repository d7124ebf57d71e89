// Functions to be called when something happens, in the order in which they were added.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace caffe {

// While they are called, none can be added or removed (kState): a callback may do so as well.
template <class... Arguments>
class Callbacks {
 public:
  using Function = std::function<void(Arguments...)>;

  // Returns what remove() takes.
  int64_t add(Function function) {
    require_rest();
    functions_.emplace_back(next_, std::move(function));
    return next_++;
  }
  void remove(int64_t id) {
    require_rest();
    const auto is_it = [&](const auto& each) { return each.first == id; };
    functions_.erase(std::remove_if(functions_.begin(), functions_.end(), is_it), functions_.end());
  }
  bool empty() const { return functions_.empty(); }
  // What one throws ends the calls.
  void operator()(Arguments... arguments) const {
    const Calling calling(calls_);
    for (const auto& [id, function] : functions_) function(arguments...);
  }

 private:
  class Calling {
   public:
    explicit Calling(int& calls) : calls_(calls) { ++calls_; }
    ~Calling() { --calls_; }
    Calling(const Calling&) = delete;
    Calling& operator=(const Calling&) = delete;

   private:
    int& calls_;
  };

  void require_rest() const {
    if (calls_ > 0) fail(Status::kState, "callbacks are being called: none can come or go now");
  }

  mutable int calls_ = 0;
  std::vector<std::pair<int64_t, Function>> functions_;
  int64_t next_ = 0;
};

}  // namespace caffe
