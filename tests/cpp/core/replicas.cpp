// The places of a value: found, made once, told apart.
#include "core/replicas.hpp"

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

Place place(int device, Order order = Order::kPlain, Encoding encoding = Encoding::kF32) {
  return {static_cast<uint8_t>(device), order, encoding};
}

TEST(replicas_of_the_host_are_there_at_once) {
  const Replicas replicas;
  CHECK(replicas.find(Place::kHost) != nullptr);
  CHECK(replicas.find(Place::kHostNhwc) == &replicas.at(Place::kHostNhwc));
  CHECK(replicas.find(place(1)) == nullptr);
  CHECK(replicas.find(place(0, Order::kPlain, Encoding::kBf16)) == nullptr);
  CHECK(!replicas.holds(Place::kHost));
  CHECK(!replicas.holds(place(1)));
}

TEST(replicas_are_made_once_and_have_a_bit_each) {
  const Replicas replicas;
  std::set<uint64_t> bits;
  std::set<const Replica*> all;
  for (int round = 0; round < 2; ++round) {
    for (int device = 0; device < 7; ++device) {
      for (const Order order : {Order::kPlain, Order::kChannelsLast}) {
        for (const Encoding encoding :
             {Encoding::kF32, Encoding::kBf16, Encoding::kF16, Encoding::kS8}) {
          const Replica& replica = replicas.at(place(device, order, encoding));
          CHECK(replica.place == place(device, order, encoding));
          bits.insert(replica.bit);
          all.insert(&replica);
        }
      }
    }
  }
  CHECK_EQ(all.size(), size_t{56});
  CHECK_EQ(bits.size(), size_t{56});
  int seen = 0;
  replicas.for_each([&](const Replica&) { ++seen; });
  CHECK_EQ(seen, 56);
}

TEST(replicas_hold_the_value_where_it_is_valid) {
  const Replicas replicas;
  const Replica& there = replicas.at(place(3));
  const auto on_device = [](const Replica& each) { return !each.place.on_host(); };
  CHECK(replicas.any_valid(on_device) == nullptr);
  replicas.valid = there.bit;
  CHECK(replicas.holds(place(3)) && !replicas.holds(Place::kHost));
  CHECK(replicas.any_valid(on_device) == &there);
}

// The highest bit says something else (Storage::kPending).
TEST(replicas_in_too_many_places_are_an_error) {
  const Replicas replicas;
  uint64_t bits = 0;
  CHECK_FAILS(Status::kUnsupported, "too many places", {
    for (int device = 1; device < 100; ++device) bits |= replicas.at(place(device)).bit;
  });
  CHECK_EQ(bits >> 63, uint64_t{0});
  CHECK(replicas.find(place(62)) == nullptr);
}

TEST(replicas_are_found_while_others_come) {
  for (int round = 0; round < 50; ++round) {
    const Replicas replicas;
    std::atomic<int> known{0};
    std::atomic<bool> good{true};
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
      readers.emplace_back([&] {
        while (known < 40) {
          for (int device = 1; device <= known; ++device) {
            if (replicas.find(place(device)) == nullptr) good = false;
          }
          replicas.for_each([&](const Replica& each) {
            if (each.bit == 0) good = false;
          });
        }
      });
    }
    for (int device = 1; device <= 40; ++device) {
      replicas.at(place(device));
      known = device;
    }
    for (std::thread& reader : readers) reader.join();
    CHECK(good);
  }
}

}  // namespace
}  // namespace caffe
