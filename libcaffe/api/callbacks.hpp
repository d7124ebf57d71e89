// Calling the program's callbacks: a status other than CAFFE_OK becomes an Error that carries what
// the callback said.
#pragma once

#include <algorithm>
#include <vector>

#include "api/barrier.hpp"

namespace caffe::api {

// `what` names the callback in the message.
template <class Invoke>
void run_callback(const char* what, const Invoke& invoke) {
  const uint64_t before = last_error_count();
  const caffe_status status = invoke();
  if (status == CAFFE_OK) return;
  // The callback's own words, or those of the call inside it that failed.
  if (last_error_count() != before && *last_error() != '\0') {
    fail(Status::kCallback, what, " callback: ", last_error());
  }
  fail(Status::kCallback, what, " callback: returned ", status,
       " without saying why (caffe_set_error)");
}

// The callbacks of an object, by what a program calls them: the function and its `user`.
template <class Function>
class AddedCallbacks {
 public:
  void add(Function function, void* user, int64_t id) { all_.push_back({function, user, id}); }
  // Calls remove(id) for the last one of that function and user, and forgets it.
  template <class Remove>
  void take(Function function, void* user, const Remove& remove) {
    if (function == nullptr) fail_argument("callback is NULL");
    const auto is_it = [&](const One& one) { return one.function == function && one.user == user; };
    const auto found = std::find_if(all_.rbegin(), all_.rend(), is_it);
    if (found == all_.rend()) {
      fail(Status::kNotFound, "no callback was added with this function and this `user`");
    }
    remove(found->id);
    all_.erase(std::next(found).base());
  }

 private:
  struct One {
    Function function;
    void* user;
    int64_t id;
  };
  std::vector<One> all_;
};

}  // namespace caffe::api
