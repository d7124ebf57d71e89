// A database whose functions are callbacks of the program's, in a table. They run on the threads
// that read ahead, and no lock is held while one runs.
#include <cstddef>
#include <utility>

#include "api/callbacks.hpp"
#include "api/tables.hpp"
#include "api/text.hpp"
#include "data/database.hpp"

using namespace caffe;
using namespace caffe::api;

namespace {

// What 2.0 has; never to be changed.
constexpr size_t kFirstSize =
    offsetof(caffe_database_callbacks, read) + sizeof(caffe_database_callbacks::read);

// What was registered under one name.
struct CustomDatabase {
  caffe_database_callbacks callbacks;
  void* user;
};

class CustomCursor : public DatabaseCursor {
 public:
  CustomCursor(std::shared_ptr<const CustomDatabase> database, const std::string& path)
      : database_(std::move(database)) {
    call("open", database_->callbacks.open, &reader_, path.c_str());
    opened_.reader = this;
    call("count", database_->callbacks.count, &count_, reader_);
    if (count_ < 1) fail(Status::kCallback, "count callback: there are ", count_, " records");
    seek(0);
  }

  int64_t count() const override { return count_; }
  int64_t index() const override { return index_; }
  // It has no keys: its number stands for one in messages.
  Record record() const override { return {key_, value_}; }
  void next() override { seek(index_ + 1); }

  void seek(int64_t n) override {
    const int64_t index = n % count_;
    const void* value = nullptr;
    int64_t size = 0;
    call("read", database_->callbacks.read, &value, &size, reader_, index);
    // No message has more than 2 GB: a larger one is no size but chance.
    if (size < 0 || size > INT32_MAX || (size > 0 && value == nullptr)) {
      fail(Status::kCallback, "read callback: record ", index, " has ", size, " bytes",
           value == nullptr ? " at NULL" : "");
    }
    value_ = {static_cast<const char*>(value), static_cast<size_t>(size)};
    key_ = str(index);
    index_ = index;
  }

 private:
  // A member, so that what `open` has opened is closed when the constructor fails behind it.
  struct Opened {
    ~Opened() {
      if (reader == nullptr) return;
      const auto& [callbacks, user] = *reader->database_;
      if (callbacks.close != nullptr) callbacks.close(reader->reader_, user);
    }
    CustomCursor* reader = nullptr;
  };

  template <class Function, class... Arguments>
  void call(const char* what, Function function, Arguments... arguments) const {
    run_callback(what, [&] { return function(arguments..., database_->user); });
  }

  const std::shared_ptr<const CustomDatabase> database_;
  void* reader_ = nullptr;
  Opened opened_;
  int64_t count_ = 0, index_ = 0;
  std::string key_;
  std::string_view value_;  // the callback's, until it is called again
};

std::unique_ptr<DatabaseWriter> refuse_to_create(const std::string& path) {
  fail(Status::kUnsupported, path, ": a database of the program's own is only read");
}

}  // namespace

caffe_status caffe_database_register(const char* name, const caffe_database_callbacks* callbacks,
                                     void* user) {
  return barrier(__func__, [&] {
    const std::string scheme = required_text(name, "name");
    if (!has_own_backend(scheme + "://")) {
      fail_argument("name is ", quoted(scheme), ": a source begins with it and \"://\", so it has ",
                    "neither \"/\" nor \"://\" in it");
    }
    require(callbacks, "callbacks");
    const auto database = std::make_shared<CustomDatabase>(
        CustomDatabase{known_part(*callbacks, kFirstSize, "callbacks"), user});
    if (database->callbacks.open == nullptr) fail_argument("callbacks->open is NULL");
    if (database->callbacks.count == nullptr) fail_argument("callbacks->count is NULL");
    if (database->callbacks.read == nullptr) fail_argument("callbacks->read is NULL");
    const auto open = [database](const std::string& path) {
      return std::make_unique<CustomCursor>(database, path);
    };
    database_registry().add(scheme, {open, refuse_to_create});
  });
}
