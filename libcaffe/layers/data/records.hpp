// The records of the database that data_param names, as an endless stream: after the last comes the
// first, or, when they are shuffled, the first of another random order.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/per_process.hpp"
#include "core/shape.hpp"
#include "data/database.hpp"
#include "data/image_list.hpp"
#include "schema/messages.hpp"

namespace caffe {

class Items;

// A record that stays where it is while the stream goes on.
struct TakenRecord {
  Record record;
  int64_t index = 0;                        // in the database
  std::shared_ptr<const std::string> copy;  // where it lies, when the database's do not last
};

// Makes room for an image of shape `item`; fails when it does not go with those before it, with
// what the datum it is of tells of the reason.
void take_image(const Shape& item, const Datum& datum, Items& images);

class Records {
 public:
  // Checks data_param and opens the database. The stream begins at a random record, one of the
  // first rand_skip; that and the orders are a function of `seed` and `stream`. `layer` is for
  // warnings.
  Records(const DataParameter& param, const std::string& layer, uint64_t seed, uint64_t stream);

  const std::string& source() const { return source_; }

  // `count` records from `position` of the stream on. One thread at a time; going on where the last
  // call ended costs least.
  std::vector<TakenRecord> take(int64_t position, int64_t count);

  // Which record it is, for messages.
  std::string place(const TakenRecord& taken) const;

  // Calls body(bytes) with the record; errors name it.
  template <class Body>
  void read(const TakenRecord& taken, const Body& body) const {
    with_context([&] { return place(taken); }, [&] { body(taken.record.value); });
  }

 private:
  static constexpr int64_t kNowhere = -1;  // the cursor, after a move that failed

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
