#include "core/storage.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "core/blob.hpp"
#include "core/system_memory.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

// 0, 1, 2, ... in the blob's own order.
void count_up(Blob& blob) {
  float* values = blob.data().write();
  for (int64_t i = 0; i < blob.count(); ++i) values[i] = static_cast<float>(i);
}

TEST(storage_never_written_reads_as_zeros_everywhere) {
  Blob blob(Shape{2, 3, 4, 5});
  CHECK_EQ(blob.data().read(Place::kHostNhwc)[119], 0.0f);
  CHECK_EQ(blob.data().read()[0], 0.0f);
}

TEST(storage_reorders_there_and_back) {
  for (const Shape& shape :
       {Shape{2, 3, 4, 5}, Shape{1, 33, 17, 1}, Shape{3, 2, 7}, Shape{2, 17, 3, 2, 5},
        Shape{4, 1, 3, 3}, Shape{5, 6}, Shape{0, 3, 2, 2}}) {
    Blob blob(shape);
    count_up(blob);
    const float* last = blob.data().read(Place::kHostNhwc);
    if (shape.axes() > 2) {
      const int64_t channels = shape[1], spatial = shape.count(2);
      for (int64_t n = 0; n < shape[0]; ++n) {
        for (int64_t c = 0; c < channels; ++c) {
          for (int64_t s = 0; s < spatial; ++s) {
            CHECK_EQ(last[(n * spatial + s) * channels + c],
                     static_cast<float>((n * channels + c) * spatial + s));
          }
        }
      }
    }
    blob.data().update(Place::kHostNhwc);
    for (int64_t i = 0; i < blob.count(); ++i) {
      CHECK_EQ(blob.data().read()[i], static_cast<float>(i));
    }
  }
}

TEST(storage_write_makes_other_places_stale) {
  Blob blob(Shape{1, 2, 2, 2});
  count_up(blob);
  blob.data().read(Place::kHostNhwc);
  CHECK(blob.data().valid(Place::kHost) && blob.data().valid(Place::kHostNhwc));
  blob.data().update(Place::kHostNhwc)[1] = 50;  // channel 1 of the first pixel
  CHECK(!blob.data().valid(Place::kHost));
  CHECK_EQ(blob.data().read()[4], 50.0f);
}

TEST(storage_version_rises_with_writes_only) {
  Blob blob(Shape{1, 2, 2, 2});
  count_up(blob);
  const uint64_t before = blob.data().version();
  blob.data().read(Place::kHostNhwc);
  CHECK_EQ(blob.data().version(), before);
  blob.data().update();
  CHECK(blob.data().version() > before);
}

TEST(storage_shared_by_blobs_of_two_shapes) {
  Blob image(Shape{2, 3, 2, 2}), other(Shape{2, 2, 3, 2}), flat(Shape{2, 12});
  count_up(image);
  other.share_data(image);
  flat.share_data(image);
  image.data().update(Place::kHostNhwc);
  CHECK_EQ(flat.data().read()[5], 5.0f);
  CHECK_EQ(other.data().read(Place::kHostNhwc)[1], 6.0f);  // channel 1 of the first pixel
  other.data().update(Place::kHostNhwc)[1] = 60;
  CHECK_EQ(image.data().read(Place::kHostNhwc)[7], 60.0f);  // channel 1, pixel 2
  CHECK_EQ(flat.data().read(Place::kHostNhwc)[6], 60.0f);
}

TEST(storage_keeps_contents_when_it_need_not_grow) {
  Blob blob(Shape{2, 6});
  count_up(blob);
  blob.reshape(Shape{3, 2});
  CHECK_EQ(blob.data().read()[5], 5.0f);
  blob.reshape(Shape{12});
  CHECK_EQ(blob.data().read()[11], 11.0f);
  blob.reshape(Shape{13});
  CHECK_EQ(blob.data().read()[11], 0.0f);
}

TEST(storage_pin_carries_writes_and_results) {
  Blob blob(Shape{1, 2, 2, 2});
  Storage& storage = *blob.data_storage();
  const std::shared_ptr<float> held = storage.pin(blob.shape());
  held.get()[0] = 7;
  const uint64_t before = storage.version();
  storage.begin_pass(blob.shape());
  CHECK(storage.version() > before);
  CHECK_EQ(blob.data().read(Place::kHostNhwc)[0], 7.0f);
  blob.data().write(Place::kHostNhwc)[0] = 8;
  storage.end_pass(blob.shape());
  CHECK_EQ(held.get()[0], 8.0f);
  const uint64_t shown = storage.version();
  storage.begin_pass(blob.shape());
  CHECK_EQ(storage.version(), shown);  // the holder only looked
  storage.unpin();
}

TEST(storage_takes_what_was_written_before_the_pin_went) {
  Blob blob(Shape{1, 2, 2, 2});
  Storage& storage = *blob.data_storage();
  for (const float value : {1.0f, 2.0f}) {
    const std::shared_ptr<float> held = storage.pin(blob.shape());
    held.get()[5] = value;
    storage.unpin();
    storage.begin_pass(blob.shape());
    CHECK_EQ(blob.data().read(Place::kHostNhwc)[3], value);  // channel 1, place 1
    storage.end_pass(blob.shape());
  }
}

TEST(storage_pin_sees_zeros_and_adopted_values) {
  Blob blob(Shape{2});
  Storage& storage = *blob.data_storage();
  const std::shared_ptr<float> held = storage.pin(blob.shape());
  held.get()[0] = 7;
  storage.clear();
  CHECK_EQ(held.get()[0], 0.0f);
  const auto file = std::make_shared<std::vector<float>>(std::vector<float>{3, 4});
  storage.adopt(file->data(), 2, file);
  CHECK_EQ(held.get()[1], 4.0f);
  CHECK_EQ(storage.read(Place::kHost, blob.shape()), static_cast<const float*>(held.get()));
  storage.unpin();
}

TEST(storage_pin_outlives_its_blob) {
  std::shared_ptr<float> held;
  {
    Blob blob(Shape{3});
    count_up(blob);
    held = blob.data_storage()->pin(blob.shape());
    blob.reshape(Shape{1000});
    blob.data().write()[2] = 9;
  }
  CHECK_EQ(held.get()[2], 2.0f);
}

TEST(storage_adopts_memory_of_another) {
  auto owner = std::make_shared<std::vector<float>>(6, 1.5f);
  Storage storage;
  storage.adopt(owner->data(), 6, owner);
  const float* before = owner->data();
  owner.reset();
  CHECK_EQ(storage.read(Place::kHost, Shape{6}), before);
  CHECK_EQ(storage.read(Place::kHost, Shape{6})[5], 1.5f);
}

// What counts its calls, and writes 0, 1, 2, ...
std::function<void(float*)> counting_fill(int64_t count, int* calls) {
  return [=](float* values) {
    ++*calls;
    for (int64_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
  };
}

TEST(storage_is_filled_when_it_is_first_read) {
  Blob blob(Shape{1, 2, 2, 2});
  int calls = 0;
  blob.data().fill_later(counting_fill(8, &calls));
  const uint64_t version = blob.data().version();
  CHECK(!blob.data().empty());
  CHECK_EQ(calls, 0);
  CHECK_EQ(blob.data().read(Place::kHostNhwc)[1], 4.0f);  // channel 1 of the first pixel
  CHECK_EQ(blob.data().read()[7], 7.0f);
  CHECK_EQ(calls, 1);
  CHECK_EQ(blob.data().version(), version);
  blob.data().fill_later(counting_fill(8, &calls));
  CHECK(blob.data().version() > version);
  blob.data().update()[0] = 50;  // of what it was filled with
  CHECK_EQ(blob.data().read()[7], 7.0f);
  CHECK_EQ(calls, 2);
}

TEST(storage_is_not_filled_when_it_is_overwritten_before) {
  Blob blob(Shape{2, 4});
  int calls = 0;
  const auto later = [&] { blob.data().fill_later(counting_fill(8, &calls)); };
  later();
  blob.data().write()[3] = 9;
  CHECK_EQ(blob.data().read()[3], 9.0f);
  later();
  blob.data().clear();
  CHECK_EQ(blob.data().read()[3], 0.0f);
  later();
  const auto owner = std::make_shared<std::vector<float>>(8, 1.5f);
  blob.data_storage()->adopt(owner->data(), 8, owner);
  CHECK_EQ(blob.data().read()[3], 1.5f);
  later();
  blob.reshape(Shape{9});
  CHECK_EQ(blob.data().read()[3], 0.0f);
  CHECK_EQ(calls, 0);
}

TEST(storage_that_is_pinned_is_filled_at_once) {
  Blob blob(Shape{8});
  int calls = 0;
  const std::shared_ptr<float> held = blob.data_storage()->pin(blob.shape());
  blob.data().fill_later(counting_fill(8, &calls));
  CHECK_EQ(held.get()[7], 7.0f);
  CHECK_EQ(calls, 1);
  blob.data_storage()->unpin();
}

TEST(storage_is_filled_once_for_many_threads) {
  Blob blob(Shape{8, 16, 9, 9});
  std::atomic<int> calls{0};
  blob.data().fill_later([&](float* values) {
    ++calls;
    std::fill(values, values + blob.count(), 3.0f);
  });
  std::vector<std::thread> threads;
  std::vector<float> seen(8);
  for (size_t i = 0; i < seen.size(); ++i) {
    const Place place = i % 2 == 0 ? Place::kHost : Place::kHostNhwc;
    threads.emplace_back([&, i, place] { seen[i] = blob.data().read(place)[17]; });
  }
  for (std::thread& thread : threads) thread.join();
  for (float value : seen) CHECK_EQ(value, 3.0f);
  CHECK_EQ(calls.load(), 1);
}

TEST(storage_is_read_by_many_threads) {
  Blob blob(Shape{8, 16, 9, 9});
  count_up(blob);
  std::vector<std::thread> threads;
  std::vector<float> seen(8);
  for (size_t i = 0; i < seen.size(); ++i) {
    threads.emplace_back([&, i] { seen[i] = blob.data().read(Place::kHostNhwc)[17]; });
  }
  for (std::thread& thread : threads) thread.join();
  for (float value : seen) CHECK_EQ(value, 82.0f);  // pixel 1 of channel 1
}

TEST(storage_hands_its_values_over) {
  for (const Place place : {Place::kHost, Place::kHostNhwc}) {
    Blob from(Shape{1, 2, 3, 2}), to(Shape{1, 2, 3, 2});
    count_up(from);
    const float* memory = from.data().update(place);
    const uint64_t before = from.data().version();
    from.data().hand_over(to.data());
    CHECK_EQ(to.data().read(place), memory);
    CHECK(from.data().version() != before);
    from.data().write(place)[3] = 70;
    for (int64_t i = 0; i < 12; ++i) CHECK_EQ(to.data().read()[i], static_cast<float>(i));
  }
}

TEST(storage_hands_over_while_pinned) {
  Blob from(Shape{4}), to(Shape{4});
  count_up(from);
  const std::shared_ptr<float> pin = from.data_storage()->pin(from.shape());
  from.data().hand_over(to.data());
  from.data().write()[2] = 50;
  CHECK_EQ(pin.get()[2], 50.0f);
  CHECK_EQ(to.data().read()[2], 2.0f);
  from.data_storage()->unpin();
}

// Others count on it: who pins the value, and blobs of a larger shape that share it.
TEST(storage_that_is_handed_less_memory_keeps_its_room) {
  Blob from(Shape{2}), to(Shape{8}), shared(Shape{8});
  count_up(from);
  shared.share_data(to);
  count_up(shared);
  to.reshape(Shape{2});
  from.data().hand_over(to.data());
  CHECK_EQ(shared.data().read()[7], 7.0f);
  Storage& storage = *to.data_storage();
  const std::shared_ptr<float> pin = storage.pin(to.shape());
  to.data().write()[1] = 5;
  CHECK_EQ(pin.get()[1], 5.0f);
  storage.clear();
  CHECK_EQ(pin.get()[1], 0.0f);
  storage.fill_later([](float* values) { values[1] = 6; });
  CHECK_EQ(pin.get()[1], 6.0f);
  storage.unpin();
  storage.begin_pass(to.shape());
  const float* memory = from.data().write();  // with as much room now
  from.data().hand_over(to.data());
  CHECK_EQ(to.data().read(), memory);
}

TEST(storage_counts_its_reorders) {
  Blob blob(Shape{1, 2, 3, 2});
  count_up(blob);
  const int64_t before = Storage::reorders();
  blob.data().read(Place::kHostNhwc);
  blob.data().read(Place::kHostNhwc);
  CHECK_EQ(Storage::reorders(), before + 1);
}

TEST(storage_that_does_not_fit_is_an_error) {
  Blob blob(Shape{int64_t{1} << 60});
  CHECK_FAILS(Status::kOutOfMemory, "no memory for a blob of 1152921504606846976 floats",
              blob.data().write());
}

TEST(storage_takes_no_more_memory_than_there_is) {
  const int64_t available = available_memory();
  CHECK(available > 0);
  if (available == INT64_MAX) return;    // the system does not say
  Blob blob(Shape{available / 16 * 5});  // a quarter more
  CHECK_FAILS(Status::kOutOfMemory, "no memory for a blob of", blob.data().write());
}

TEST(storage_written_in_parts_keeps_the_others) {
  Blob blob(Shape{4});
  blob.data().write_part()[0] = 1;
  blob.data().write_part()[3] = 2;
  CHECK_EQ(blob.data().read()[0], 1.0f);
  CHECK_EQ(blob.data().read()[3], 2.0f);
}

}  // namespace
}  // namespace caffe
