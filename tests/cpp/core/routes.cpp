// A value between the host and the emulated device, in every order and encoding: the right values,
// by as few copies as there can be.
#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/blob.hpp"
#include "core/encodings.hpp"
#include "core/storage.hpp"
#include "cpp/core/device_work.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

// Values that each encoding holds exactly, with the largest magnitude of each image 127.
std::vector<float> values_of(const Shape& shape) {
  std::vector<float> values(static_cast<size_t>(shape.count()));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(static_cast<int>(i * 7 % 200) - 100);
  }
  const auto images = static_cast<size_t>(shape[0]);
  for (size_t n = 0; n < images; ++n) values[n * values.size() / images] = 127;
  return values;
}

std::vector<float> channels_last(const std::vector<float>& plain, const Shape& shape) {
  std::vector<float> out(plain.size());
  const auto channels = static_cast<size_t>(shape[1]);
  const auto space = static_cast<size_t>(shape.count(2));
  for (size_t i = 0; i < plain.size(); ++i) {
    const size_t image = i / (channels * space), channel = i / space % channels, at = i % space;
    out[(image * space + at) * channels + channel] = plain[i];
  }
  return out;
}

// The bytes of a value at a place, from plain floats.
std::vector<unsigned char> bytes_at(Place place, const std::vector<float>& plain,
                                    const Shape& shape) {
  const std::vector<float> floats = place.channels_last() ? channels_last(plain, shape) : plain;
  std::vector<unsigned char> bytes(
      static_cast<size_t>(encoded_bytes(place.encoding, shape.count(), shape[0])));
  convert(floats.data(), Encoding::kF32, bytes.data(), place.encoding, shape[0],
          shape.count() / shape[0]);
  return bytes;
}

// A blob and a queue of the emulated device.
struct Travelling {
  explicit Travelling(const Shape& shape) : blob(shape) {}

  Storage& storage() { return *blob.data_storage(); }
  const QueueHandle& queue_of(Place place) const { return place.on_host() ? none : queue; }

  void write(Place place, const std::vector<unsigned char>& bytes) {
    void* const to = storage().write(place, blob.shape(), queue_of(place));
    if (place.on_host()) {
      std::memcpy(to, bytes.data(), bytes.size());
      return;
    }
    queue->copy(to, bytes.data(), static_cast<int64_t>(bytes.size()), CAFFE_COPY_TO_DEVICE);
    queue->end_command();
    queue->wait(queue->command() - 1);
  }
  void write(Place place, const std::vector<float>& plain) {
    write(place, bytes_at(place, plain, blob.shape()));
  }

  std::vector<unsigned char> read(Place place, size_t size) {
    const void* const from = storage().read(place, blob.shape(), queue_of(place));
    std::vector<unsigned char> bytes(size);
    if (place.on_host()) {
      std::memcpy(bytes.data(), from, size);
      return bytes;
    }
    queue->copy(bytes.data(), from, static_cast<int64_t>(size), CAFFE_COPY_TO_HOST);
    queue->end_command();
    queue->wait(queue->command() - 1);
    return bytes;
  }
  void check(Place place, const std::vector<float>& plain) {
    const std::vector<unsigned char> wanted = bytes_at(place, plain, blob.shape());
    CHECK(read(place, wanted.size()) == wanted);
  }
  // Brings the value there, and looks at nothing.
  void bring(Place place) { storage().read(place, blob.shape(), queue_of(place)); }

  Blob blob;
  const QueueHandle queue = Queue::make(emulated()), none;
};

Place on_device(Order order = Order::kPlain, Encoding encoding = Encoding::kF32) {
  return {emulated().index(), order, encoding};
}

std::vector<Place> all_places() {
  std::vector<Place> places;
  for (const uint8_t device : {uint8_t{0}, emulated().index()}) {
    for (const Order order : {Order::kPlain, Order::kChannelsLast}) {
      for (const Encoding encoding :
           {Encoding::kF32, Encoding::kBf16, Encoding::kF16, Encoding::kS8}) {
        places.push_back({device, order, encoding});
      }
    }
  }
  return places;
}

TEST(routes_between_all_places_keep_the_value) {
  for (const Shape& shape : {Shape{2, 3, 4, 5}, Shape{3, 5, 2}, Shape{4, 6}, Shape{2, 1, 3, 3}}) {
    const std::vector<float> values = values_of(shape);
    for (const Place from : all_places()) {
      for (const Place to : all_places()) {
        if (shape.axes() < 3 && (from.channels_last() || to.channels_last())) continue;
        if (shape[1] == 1 && (from.channels_last() || to.channels_last())) continue;
        Travelling one(shape);
        one.write(from, values);
        const DeviceFigures before = emulated().figures();
        one.bring(to);
        const DeviceFigures after = emulated().figures();
        CHECK_EQ(after.uploads - before.uploads, int64_t{from.on_host() && !to.on_host()});
        CHECK_EQ(after.downloads - before.downloads, int64_t{!from.on_host() && to.on_host()});
        one.check(to, values);
        one.check(from, values);
      }
    }
  }
}

TEST(routes_on_one_device_need_no_copies) {
  Travelling one(Shape{2, 3, 4, 5});
  const std::vector<float> values = values_of(one.blob.shape());
  one.write(Place::kHost, values);
  const DeviceFigures before = emulated().figures();
  for (const Place place : all_places()) one.bring(place);
  const DeviceFigures after = emulated().figures();
  CHECK_EQ(after.uploads - before.uploads, 1);
  CHECK_EQ(after.downloads, before.downloads);
  for (const Place place : all_places()) one.check(place, values);
}

// Where one order is as good as the other, the plain one serves both.
TEST(routes_know_where_both_orders_are_one) {
  Travelling one(Shape{2, 1, 3, 3});
  one.write(on_device(Order::kChannelsLast), values_of(one.blob.shape()));
  CHECK(one.storage().valid(on_device()));
}

TEST(routes_of_zeros_copy_nothing) {
  for (const Place place : all_places()) {
    Travelling one(Shape{2, 3, 4});
    const DeviceFigures before = emulated().figures();
    one.bring(place);
    CHECK_EQ(emulated().figures().uploads, before.uploads);
    one.check(place, std::vector<float>(24, 0));
    one.write(Place::kHost, values_of(one.blob.shape()));
    one.bring(place);
    one.blob.data().clear();
    one.check(place, std::vector<float>(24, 0));
  }
}

TEST(routes_of_nothing) {
  for (const Shape& shape : {Shape{0}, Shape{0, 3, 4, 5}, Shape{2, 3, 0, 4}}) {
    for (const Place from : all_places()) {
      Travelling one(shape);
      one.storage().write(from, shape, one.queue_of(from));
      for (const Place to : all_places()) one.bring(to);
      one.queue->wait(one.queue->command());
    }
  }
}

TEST(routes_of_a_storage_with_two_shapes) {
  const Shape image{2, 3, 2, 2}, other{2, 2, 3, 2}, flat{4, 6};
  for (const Encoding encoding : {Encoding::kF32, Encoding::kBf16, Encoding::kF16, Encoding::kS8}) {
    for (const bool host : {true, false}) {
      Travelling one(image);
      const std::vector<float> values = values_of(image);
      const Place last{host ? uint8_t{0} : emulated().index(), Order::kChannelsLast, encoding};
      one.write(last, values);
      one.blob.reshape(other);
      for (const Place place : all_places()) {
        if (place.encoding != Encoding::kS8) one.check(place, values);
      }
      one.blob.reshape(flat);
      for (const Place place : all_places()) {
        if (place.encoding != Encoding::kS8 && !place.channels_last()) one.check(place, values);
      }
      one.blob.reshape(image);
      for (const Place place : all_places()) {
        if (place.encoding != Encoding::kS8) one.check(place, values);
      }
    }
  }
}

// Scales are of rows: in another shape there are others.
TEST(routes_of_scales_of_two_shapes) {
  for (const Order order : {Order::kPlain, Order::kChannelsLast}) {
    Travelling one(Shape{2, 3, 2, 2});
    const std::vector<float> values = values_of(one.blob.shape());
    one.write(on_device(order, Encoding::kS8), values);
    one.blob.reshape(Shape{4, 3, 2, 1});
    one.check(on_device(Order::kPlain, Encoding::kS8), values);
    one.check(on_device(Order::kChannelsLast, Encoding::kS8), values);
    one.blob.reshape(Shape{1, 24});
    one.check(on_device(Order::kPlain, Encoding::kS8), values);
    one.check(Place::kHost, values);
  }
}

// "Contents stay when the new shape needs no more room than the largest so far."
TEST(routes_of_a_shape_that_shrinks_and_grows_again) {
  const Shape large{4, 3, 2, 2}, small{2, 3, 2, 1};
  const std::vector<float> values = values_of(large);
  const std::vector<float> first(values.begin(), values.begin() + small.count());
  for (const Place from : all_places()) {
    for (const Place to : all_places()) {
      if (from.encoding == Encoding::kS8 && from.on_host() != to.on_host()) continue;
      Travelling one(large);
      one.write(from, values);
      one.blob.reshape(small);
      one.check(to.in(Encoding::kF32), first);
      one.bring(to);
      if (from.channels_last()) continue;  // its order was the larger one's
      one.blob.reshape(large);
      one.check(to, values);
      one.check(Place::kHost, values);
    }
  }
}

TEST(routes_of_a_storage_that_grows_read_as_zeros) {
  for (const Place place : all_places()) {
    Travelling one(Shape{2, 3, 2, 2});
    one.write(place, values_of(one.blob.shape()));
    one.blob.reshape(Shape{3, 3, 2, 2});
    one.check(place, std::vector<float>(36, 0));
  }
}

// The values are made on the host when they are first wanted, though what was there before is on
// its way up.
TEST(routes_fill_later_waits_for_copies_of_what_was_there) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const Delays delays(seed);
    Travelling one(Shape{64});
    one.write(Place::kHost, std::vector<float>(64, 3));
    Blob other(Shape{64});
    const void* const up = one.storage().read(on_device(), one.blob.shape(), one.queue);
    void* const to = other.data().write(on_device(), one.queue);
    one.queue->issue(emulated().table().kernels->copy, static_cast<const float*>(up),
                     static_cast<float*>(to), int64_t{64});
    one.queue->end_command();
    one.blob.data().fill_later([](float* values) { std::fill_n(values, 64, 5.0f); });
    one.check(on_device(), std::vector<float>(64, 5));
    CHECK_EQ(other.data().read()[63], 3.0f);
  }
}

TEST(routes_host_writes_wait_for_copies) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const Delays delays(seed);
    Travelling one(Shape{64});
    Blob sums(Shape{64});
    for (int round = 1; round <= 4; ++round) {
      std::fill_n(one.blob.data().write(), 64, static_cast<float>(round));
      const void* const in = one.storage().read(on_device(), one.blob.shape(), one.queue);
      void* const out = sums.data().update(on_device(), one.queue);
      one.queue->issue(emulated().table().kernels->axpby, 1.0f, static_cast<const float*>(in), 1.0f,
                       static_cast<float*>(out), int64_t{64});
      one.queue->end_command();
    }
    for (int64_t i = 0; i < 64; ++i) CHECK_EQ(sums.data().read()[i], 10.0f);
  }
}

TEST(routes_adopted_memory_may_change_right_after) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const Delays delays(seed);
    Travelling one(Shape{64});
    std::vector<float> mapped(64, 2);
    one.storage().adopt(mapped.data(), 64, nullptr);
    one.bring(on_device());
    std::fill(mapped.begin(), mapped.end(), 9.0f);
    one.check(on_device(), std::vector<float>(64, 2));
  }
}

TEST(routes_hand_over_what_lies_on_the_device) {
  for (const Place place : all_places()) {
    Travelling one(Shape{2, 3, 4});
    const std::vector<float> values = values_of(one.blob.shape());
    one.write(place, values);
    Travelling other(one.blob.shape());
    const DeviceFigures before = emulated().figures();
    one.blob.data().hand_over(other.blob.data());
    CHECK_EQ(emulated().figures().operations, before.operations);
    CHECK(other.storage().valid(place) && !one.storage().valid(place));
    other.check(place, values);
    one.write(place, values);  // over again, in the other's memory
    one.check(Place::kHost, values);
    other.check(Place::kHost, values);
  }
}

TEST(routes_hand_over_while_pinned) {
  Travelling one(Shape{2, 3, 4});
  const std::vector<float> values = values_of(one.blob.shape());
  Travelling other(one.blob.shape());
  const std::shared_ptr<float> pin = other.storage().pin(other.blob.shape());
  one.write(on_device(Order::kChannelsLast), values);
  one.blob.data().hand_over(other.blob.data());
  CHECK(std::equal(values.begin(), values.end(), pin.get()));
  other.storage().unpin();
}

TEST(routes_parts_leave_the_others) {
  Travelling one(Shape{2, 3, 4});
  std::vector<float> values = values_of(one.blob.shape());
  one.write(Place::kHost, values);
  const auto place = on_device();
  const float eight = 8;
  void* part = one.storage().write_part(place, one.blob.shape(), one.queue);
  one.queue->copy(static_cast<float*>(part) + 5, &eight, 4, CAFFE_COPY_TO_DEVICE);
  one.queue->end_command();
  one.queue->wait(one.queue->command());
  values[5] = 8;
  CHECK(!one.storage().valid(Place::kHost));
  one.check(Place::kHost, values);
  one.check(place, values);
}

TEST(routes_of_a_pool_give_memory_back) {
  const int64_t before = emulated().figures().bytes;
  Travelling one(Shape{2, 3, 40});
  one.storage().use_pool(std::make_shared<MemoryPool>());
  const std::vector<float> values = values_of(one.blob.shape());
  for (int round = 0; round < 3; ++round) {
    one.write(Place::kHost, values);
    for (const Place place : all_places()) one.check(place, values);
    CHECK(emulated().figures().bytes > before);
    one.storage().release();
    CHECK_EQ(emulated().figures().bytes, before);
    one.check(on_device(), std::vector<float>(240, 0));
    one.storage().release();
  }
  // A shape that shrinks without being written: what was channels last goes home as it was.
  one.write(on_device(Order::kChannelsLast), values);
  one.blob.reshape(Shape{1, 3, 7});
  one.check(Place::kHost, std::vector<float>(values.begin(), values.begin() + 21));
}

TEST(routes_pins_carry_values_to_the_device_and_back) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const Delays delays(seed);
    for (const Order order : {Order::kPlain, Order::kChannelsLast}) {
      Travelling one(Shape{2, 3, 4});
      const Shape& shape = one.blob.shape();
      std::vector<float> values = values_of(shape);
      one.write(on_device(order), values);
      const std::shared_ptr<float> pin = one.storage().pin(shape);
      CHECK(std::equal(values.begin(), values.end(), pin.get()));
      for (int round = 0; round < 3; ++round) {
        pin.get()[7] = values[7] = static_cast<float>(round);
        one.storage().begin_pass(shape);
        one.bring(on_device(order));
        one.storage().end_pass(shape);  // the holder may write from now on
        pin.get()[7] = 50;
        one.check(on_device(order), values);
        one.storage().begin_pass(shape);
        std::vector<float> results = values;
        results[3] = static_cast<float>(-round);
        one.write(on_device(order), results);
        one.storage().end_pass(shape);
        CHECK(std::equal(results.begin(), results.end(), pin.get()));
        values = results;
      }
      one.storage().unpin();
    }
  }
}

TEST(routes_pins_that_are_looked_at_only_leave_the_version) {
  Travelling one(Shape{2, 3});
  const Shape& shape = one.blob.shape();
  one.write(on_device(), values_of(shape));
  const std::shared_ptr<float> pin = one.storage().pin(shape);
  one.storage().begin_pass(shape);
  const uint64_t version = one.storage().version();
  one.bring(on_device());
  one.storage().end_pass(shape);
  one.storage().begin_pass(shape);
  CHECK_EQ(one.storage().version(), version);
  CHECK(one.storage().valid(on_device()));  // nothing to bring again
  one.storage().end_pass(shape);
  pin.get()[0] = 4;
  one.storage().begin_pass(shape);
  CHECK(one.storage().version() > version);
  CHECK(!one.storage().valid(on_device()));
  one.storage().unpin();
}

// Two threads with a queue each read what the host has, in several places at once.
TEST(routes_of_weights_that_threads_share) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const Delays delays(seed);
    const Shape shape{2, 3, 4, 5};
    const std::vector<float> values = values_of(shape);
    Travelling shared(shape);
    shared.write(seed % 2 == 0 ? Place::kHost : on_device(Order::kChannelsLast), values);
    std::vector<std::thread> threads;
    std::vector<std::string> failures(3);
    for (size_t i = 0; i < failures.size(); ++i) {
      threads.emplace_back([&, i] {
        try {
          Travelling own(shape);
          own.blob.share_data(shared.blob);
          std::vector<Place> places = all_places();
          std::rotate(places.begin(), places.begin() + static_cast<int>(i * 5), places.end());
          for (const Place place : places) own.check(place, values);
        } catch (const Failure& failure) {
          failures[i] = failure.message;
        } catch (const std::exception& error) {
          failures[i] = error.what();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& failure : failures) CHECK_EQ(failure, "");
  }
}

// What fails on the way leaves the value where it was.
TEST(routes_that_find_no_memory_leave_the_value) {
  const Faults faults;
  const Shape shape{2, 3, 4};
  const std::vector<float> values = values_of(shape);
  for (const Place from : all_places()) {
    for (const Place to : all_places()) {
      for (int n = 1; n < 5; ++n) {
        Travelling one(shape);
        one.write(from, values);
        faults.fail_allocation(n);
        try {
          one.bring(to);
          faults.fail_allocation(0);
          break;
        } catch (const Error& error) {
          CHECK_EQ(static_cast<int>(error.status()), static_cast<int>(Status::kOutOfMemory));
        }
        one.check(to, values);
        one.check(from, values);
      }
    }
  }
}

}  // namespace
}  // namespace caffe::test
