// Functions to be called when something happens, in the order in which they were added.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace caffe {

template <class... Arguments>
class Callbacks {
 public:
  using Function = std::function<void(Arguments...)>;

  // Returns what remove() takes.
  int64_t add(Function function) {
    functions_.emplace_back(next_, std::move(function));
    return next_++;
  }
  void remove(int64_t id) {
    const auto is_it = [&](const auto& each) { return each.first == id; };
    functions_.erase(std::remove_if(functions_.begin(), functions_.end(), is_it),
                     functions_.end());
  }
  bool empty() const { return functions_.empty(); }
  // What one throws ends the calls.
  void operator()(Arguments... arguments) const {
    for (const auto& [id, function] : functions_) function(arguments...);
  }

 private:
  std::vector<std::pair<int64_t, Function>> functions_;
  int64_t next_ = 0;
};

}  // namespace caffe
