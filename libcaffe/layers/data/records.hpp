// The records of the database that data_param names, as an endless stream: after the last comes the
// first, or, when they are shuffled, the first of another random order.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/per_process.hpp"
#include "core/rng.hpp"
#include "data/database.hpp"
#include "data/image_list.hpp"
#include "schema/messages.hpp"

namespace caffe {

class Records {
 public:
  // Checks data_param and opens the database. The stream begins at a random record, one of the
  // first rand_skip; that and the orders are a function of `seed` and `stream`. `layer` is for
  // warnings.
  Records(const DataParameter& param, const std::string& layer, uint64_t seed, uint64_t stream);

  const std::string& source() const { return source_; }
  // The record where at() was last, for messages.
  std::string place();

  // Calls body(bytes) with the record at `position` of the stream; errors name the record.
  template <class Body>
  void at(int64_t position, const Body& body) {
    move_to(position);
    with_context([&] { return place(); }, [&] { body(reader_->cursor->record().value); });
  }

 private:
  struct Reader {
    std::unique_ptr<DatabaseCursor> cursor;
    std::unique_ptr<EpochOrder> order;  // of records that are shuffled
    int64_t position = 0;               // of the cursor, in the stream
  };

  std::unique_ptr<Reader> open() const;
  void move_to(int64_t position);

  const std::string source_, backend_;
  const bool shuffle_;
  const uint64_t seed_, stream_;
  int64_t skip_ = 0;  // where the stream begins
  PerProcess<Reader> reader_{[this] { return open(); }};
};

}  // namespace caffe
