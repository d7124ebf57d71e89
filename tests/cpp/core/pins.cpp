#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "core/blob.hpp"
#include "core/threads.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

// A blob of 0, 1, 2, ... and somebody who holds its pointer.
struct Held {
  explicit Held(const Shape& shape) : blob(shape) {
    float* values = blob.data().write();
    for (int64_t i = 0; i < blob.count(); ++i) values[i] = static_cast<float>(i);
    pin();
  }
  ~Held() {
    if (storage().pinned()) unpin();
  }

  Storage& storage() { return *blob.data_storage(); }
  void pin() { values = storage().pin(blob.shape()); }
  void unpin() { storage().unpin(); }
  uint64_t version() { return storage().version(); }
  // What a net does with it between begin_pass() and end_pass().
  void pass(const std::function<void()>& run = [] {}) {
    storage().begin_pass(blob.shape());
    run();
    storage().end_pass(blob.shape());
  }
  // A pass in which a kernel packs the value, or finds that what it has packed is still good.
  uint64_t pass_with_cache() {
    uint64_t seen = 0;
    pass([&] { seen = version(); });
    return seen;
  }

  Blob blob;
  std::shared_ptr<float> values;
};

TEST(pins_tell_a_write_from_a_look_where_a_cache_is_keyed) {
  Held held(Shape{3, 4});
  const uint64_t packed = held.pass_with_cache();
  CHECK_EQ(held.pass_with_cache(), packed);
  held.values.get()[11] = 7;
  const uint64_t again = held.pass_with_cache();
  CHECK(again > packed);
  CHECK_EQ(held.pass_with_cache(), again);
  held.values.get()[11] = 11;  // what it was when it was first packed
  CHECK(held.pass_with_cache() > again);
}

TEST(pins_that_only_ask_for_the_shape_leave_the_version) {
  Held held(Shape{3, 4});
  held.unpin();
  const uint64_t packed = held.pass_with_cache();
  for (int i = 0; i < 3; ++i) {
    held.pin();
    held.unpin();
    CHECK_EQ(held.pass_with_cache(), packed);
  }
  held.pin();
  held.values.get()[0] = 7;
  held.unpin();
  CHECK(held.pass_with_cache() > packed);
}

TEST(pins_of_two_holders_do_not_hide_each_others_writes) {
  Held held(Shape{3, 4});
  const uint64_t packed = held.pass_with_cache();
  held.values.get()[5] = 50;
  held.pin();  // a second one, which does nothing
  CHECK(held.pass_with_cache() > packed);
  held.unpin();
}

// What one changes in a hash the next ones may not take back, whatever the values are.
TEST(pins_see_every_three_signs_that_change) {
  Held held(Shape{24});
  uint64_t packed = held.pass_with_cache();
  for (int64_t i = 0; i < 24; ++i) {
    for (int64_t j = 0; j < i; ++j) {
      for (int64_t k = 0; k < j; ++k) {
        for (const int64_t each : {i, j, k}) held.values.get()[each] *= -1;
        const uint64_t next = held.pass_with_cache();
        CHECK(next > packed);
        packed = next;
      }
    }
  }
}

TEST(pins_carry_what_is_written_while_a_pass_runs) {
  Held held(Shape{3, 4});
  const uint64_t packed = held.pass_with_cache();
  held.pass([&] { held.values.get()[5] = 50; });
  CHECK(held.pass_with_cache() > packed);
}

TEST(pins_count_as_written_what_may_have_been) {
  Held held(Shape{3, 4});
  held.pass();
  const uint64_t packed = held.version();  // for the first time, and in no pass
  held.values.get()[5] = 50;
  CHECK(held.pass_with_cache() > packed);
}

// Nobody could tell whether it has changed: what was made of it is made anew.
TEST(pins_of_a_value_without_a_cache_leave_the_plain_order_alone) {
  Held held(Shape{1, 2, 2, 2});
  held.blob.data().read(Place::kHostNhwc);
  held.values.get()[0] = 7;
  held.pass([&] {
    CHECK(!held.blob.data().valid(Place::kHostNhwc));
    CHECK_EQ(held.blob.data().read(Place::kHostNhwc)[0], 7.0f);
  });
}

TEST(pins_show_what_was_written_in_another_order) {
  Held held(Shape{1, 2, 2, 2});
  for (const float value : {20.0f, 21.0f}) {
    held.blob.data().update(Place::kHostNhwc)[1] = value;  // channel 1 of the first pixel
    held.pass();                                           // of another net that has this blob
    CHECK_EQ(held.values.get()[4], value);
  }
}

TEST(pins_see_every_value_with_any_number_of_threads) {
  const int64_t count = 300'000;
  for (const int threads : {1, 3}) {
    const NumThreadsScope scope(threads);
    Held held(Shape{count});
    uint64_t packed = held.pass_with_cache();
    for (const int64_t i : {int64_t{0}, int64_t{65535}, int64_t{65536}, count / 2, count - 1}) {
      held.values.get()[i] += 0.5f;
      const uint64_t next = held.pass_with_cache();
      CHECK(next > packed);
      packed = next;
    }
    const NumThreadsScope other(2);
    CHECK_EQ(held.pass_with_cache(), packed);
  }
}

// Clones of a net run at once on weights that one of them has pinned.
TEST(pins_are_taken_by_several_nets_at_once) {
  Held held(Shape{300'000});
  for (int round = 0; round < 20; ++round) {
    held.values.get()[round] = -1;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { held.pass_with_cache(); });
    for (std::thread& thread : threads) thread.join();
    const uint64_t packed = held.version();
    CHECK_EQ(held.pass_with_cache(), packed);
  }
}

// The second of two nets may begin while the first one still looks for what was written.
TEST(pins_that_went_are_taken_by_several_nets_at_once) {
  Held held(Shape{4'000'000});
  uint64_t packed = held.pass_with_cache();
  for (int round = 0; round < 20; ++round) {
    held.values.get()[round] = -1;
    held.unpin();
    std::vector<uint64_t> seen(4);
    std::vector<std::thread> threads;
    for (uint64_t& each : seen) threads.emplace_back([&] { each = held.pass_with_cache(); });
    for (std::thread& thread : threads) thread.join();
    for (const uint64_t each : seen) CHECK(each > packed);
    packed = held.version();
    held.pin();
  }
}

}  // namespace
}  // namespace caffe
