// Calling the program's callbacks: a status other than CAFFE_OK becomes an Error that carries what
// the callback said.
#pragma once

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

}  // namespace caffe::api
