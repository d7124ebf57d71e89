// Exceptions into statuses, and the last error of each thread.
#include "api/barrier.hpp"

namespace caffe::api {

namespace {

struct LastError {
  std::string text;
  // What is shown: the text, or words that need no memory when there was none for the text.
  const char* shown = "";
  uint64_t count = 0;
};

thread_local LastError last;

}  // namespace

const char* last_error() noexcept {
  return last.shown;
}

uint64_t last_error_count() noexcept {
  return last.count;
}

void set_last_error(const char* message) noexcept {
  ++last.count;
  try {
    last.text = message;
    last.shown = last.text.c_str();
  } catch (...) {
    last.shown = "out of memory";
  }
}

void require(const void* pointer, const char* name) {
  if (pointer == nullptr) fail_argument(name, " is NULL");
}

caffe_status translate(const char* function) noexcept {
  try {
    try {
      throw;
    } catch (ArgumentError& error) {
      error.add_context(function);
      set_last_error(error.what());
      return static_cast<caffe_status>(error.status());
    } catch (const Error& error) {
      set_last_error(error.what());
      return static_cast<caffe_status>(error.status());
    } catch (const std::bad_alloc&) {
      set_last_error(str(function, ": out of memory").c_str());
      return CAFFE_OUT_OF_MEMORY;
    } catch (const std::exception& error) {
      set_last_error(str(function, ": internal error: ", error.what()).c_str());
      return CAFFE_INTERNAL;
    } catch (...) {
      set_last_error(str(function, ": internal error of an unknown kind").c_str());
      return CAFFE_INTERNAL;
    }
  } catch (...) {  // no memory to write the message
    set_last_error("out of memory");
    return CAFFE_OUT_OF_MEMORY;
  }
}

}  // namespace caffe::api

const char* caffe_last_error(void) {
  return caffe::api::last_error();
}

void caffe_set_error(const char* message) {
  caffe::api::set_last_error(message == nullptr ? "" : message);
}

const char* caffe_status_name(caffe_status status) {
  switch (status) {
    case CAFFE_OK:
      return "CAFFE_OK";
    case CAFFE_INVALID_ARGUMENT:
      return "CAFFE_INVALID_ARGUMENT";
    case CAFFE_PARSE:
      return "CAFFE_PARSE";
    case CAFFE_IO:
      return "CAFFE_IO";
    case CAFFE_SHAPE:
      return "CAFFE_SHAPE";
    case CAFFE_NOT_FOUND:
      return "CAFFE_NOT_FOUND";
    case CAFFE_UNSUPPORTED:
      return "CAFFE_UNSUPPORTED";
    case CAFFE_OUT_OF_MEMORY:
      return "CAFFE_OUT_OF_MEMORY";
    case CAFFE_STATE:
      return "CAFFE_STATE";
    case CAFFE_CALLBACK:
      return "CAFFE_CALLBACK";
    case CAFFE_INTERNAL:
      return "CAFFE_INTERNAL";
    default:
      return "unknown status";
  }
}
