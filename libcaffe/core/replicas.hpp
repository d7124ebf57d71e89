// The replicas of one value: its bytes at each place where it has been, and which of them hold it
// now.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "core/memory.hpp"
#include "core/places.hpp"
#include "core/shape.hpp"

namespace caffe {

struct Replica {
  Place place;
  uint64_t bit = 0;  // its own, among those of Replicas::valid
  std::shared_ptr<Memory> memory;
  int64_t rows = 0;   // kS8: of how many scales
  int64_t count = 0;  // of how many values: the first ones of the storage

  float* values() const { return memory == nullptr ? nullptr : memory->values(); }
  // Of a device, for whoever has none of his own there: the queue that wrote it.
  std::shared_ptr<Queue> queue() const { return place.on_host() ? nullptr : memory->writer(); }
};

// Any thread may look for a replica while another one adds some.
class Replicas {
 public:
  Replicas();
  ~Replicas();
  Replicas(const Replicas&) = delete;
  Replicas& operator=(const Replicas&) = delete;

  // The replica at `place`, or null; at() makes one. Not for two threads at once.
  Replica* find(Place place) const;
  Replica& at(Place place) const;

  template <class Body>
  void for_each(const Body& body) const {
    for (Replica& each : of_host_) body(each);
    for (Node* node = others_.load(std::memory_order_acquire); node != nullptr;
         node = node->next.load(std::memory_order_acquire)) {
      body(node->replica);
    }
  }

  // The bits of those that hold the value.
  mutable std::atomic<uint64_t> valid{0};
  bool holds(const Replica& replica) const { return (valid.load() & replica.bit) != 0; }
  bool holds(Place place) const {
    const Replica* const replica = find(place);
    return replica != nullptr && holds(*replica);
  }
  // The first of those that hold it for which `fits` says so, or null.
  template <class Fits>
  const Replica* any_valid(const Fits& fits) const {
    const Replica* found = nullptr;
    for_each([&](const Replica& each) {
      if (found == nullptr && holds(each) && fits(each)) found = &each;
    });
    return found;
  }

 private:
  struct Node {
    Replica replica;
    std::atomic<Node*> next{nullptr};
  };

  // Nearly all there ever are: kHost and kHostNhwc.
  mutable std::array<Replica, 2> of_host_;
  mutable std::atomic<Node*> others_{nullptr};
};

}  // namespace caffe
