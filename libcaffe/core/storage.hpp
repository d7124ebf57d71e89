// One value of many floats that may be present in several places at once. Each place holds a
// replica, allocated when first needed and either valid or stale: reading a stale one copies,
// reorders or converts from a valid one, writing one makes the others stale. So a net stays on the
// device, in the order and the encoding that its kernels like, while whoever looks at a blob sees
// plain N x C x H x W floats.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "core/fork.hpp"
#include "core/memory_pool.hpp"
#include "core/places.hpp"
#include "core/replicas.hpp"
#include "core/shape.hpp"

namespace caffe {

class Storage {
 public:
  using QueuePointer = std::shared_ptr<Queue>;

  Storage() = default;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  // Makes room for `count` floats. Growing forgets the contents (they read as zeros again);
  // otherwise they stay. `shape` is the shape of the channels-last replicas from now on.
  void resize(const Shape& shape);
  int64_t capacity() const { return capacity_; }

  // The values for reading; zeros when nothing was ever written. Several threads may read. These
  // four are for floats on the host, and wait for the device that computes them.
  const float* read(Place place, const Shape& shape) const;
  // For overwriting every value: what was there is not brought over.
  float* write(Place place, const Shape& shape);
  // For changing some values.
  float* update(Place place, const Shape& shape);
  // For overwriting some; the others stay, or are anything when there is no value yet.
  float* write_part(Place place, const Shape& shape);

  // The same for the next operation of a queue, on the queue's device, in any encoding.
  const void* read(Place place, const Shape& shape, const QueuePointer& queue) const;
  void* write(Place place, const Shape& shape, const QueuePointer& queue);
  void* update(Place place, const Shape& shape, const QueuePointer& queue);
  void* write_part(Place place, const Shape& shape, const QueuePointer& queue);

  // Whether `place` is valid now, so that reading it there costs nothing.
  bool valid(Place place) const { return replicas_.holds(place); }
  bool empty() const { return replicas_.valid == 0; }  // never written, or cleared: reads as zeros
  // Makes the value what `fill` writes: all host values, when one of them is first read, or never
  // when all are overwritten before.
  void fill_later(std::function<void(float*)> fill);
  // Makes every value zero without touching them (unless they are pinned): whoever overwrites or
  // adds next saves a pass.
  void clear();

  // Gives the values of a blob of `shape` to `other`, which must have room for them, without a copy
  // unless one of the two is pinned, or this one's memory has less room: this one gets the other's.
  // Until it is written again, it reads as anything.
  void hand_over(Storage& other, const Shape& shape);

  // Changed by every write, and no two storages ever have the same: caches of derived values
  // (packed weights) are keyed by it.
  uint64_t version() const;

  // How often this process has brought values from one order into another, for tests that hold
  // nets to few.
  static int64_t reorders() { return reorders_.load(); }

  // Takes `count` host values that lie in memory kept alive by `owner` (a mapped file), copying
  // nothing unless the storage is pinned. They must be writable.
  void adopt(float* values, int64_t count, std::shared_ptr<void> owner);

  // From now on replicas lie in memory from `pool`, and release() gives it back: the value, which
  // nobody wants any more, is forgotten.
  void use_pool(std::shared_ptr<MemoryPool> pool);
  void release();

  // While pinned, the host replica's memory is the value for whoever holds its pointer, who may
  // read and write it at any time between two passes: begin_pass() takes their writes over,
  // end_pass() shows them the results. The memory lives as long as the returned pointer, even when
  // the storage has been resized or destroyed. Neither reads the values, unless somebody has asked
  // for the version: then a look leaves it as it is and a write raises it.
  std::shared_ptr<float> pin(const Shape& shape);
  // What was written before the last pin went is still taken over by the next pass.
  void unpin();
  bool pinned() const { return pins_.load() > 0; }
  void begin_pass(const Shape& shape);
  void end_pass(const Shape& shape);

 private:
  static constexpr uint64_t kPending = uint64_t{1} << 63;  // in valid: fill_ is the value

  static uint64_t next_version();
  static inline std::atomic<int64_t> reorders_{0};
  int64_t needed(int64_t count) const;
  int64_t held(const Replica& replica, const Shape& shape) const;
  bool holds(int64_t count) const;
  void forget_shorter(int64_t count);
  bool ready(Place place, const Shape& shape) const;
  Replica& host() const { return *replicas_.find(Place::kHost); }
  static int64_t scales_of(const Shape& shape);
  Replica& allocated(Place place, int64_t count, int64_t rows, const QueuePointer& queue) const;
  Replica& allocated_host() const;
  void settle_order(const Shape& shape) const;
  void settle_rows(const Shape& shape) const;
  Replica& brought(Place place, const Shape& shape, const QueuePointer& queue) const;
  Replica& overwritten(Place place, const Shape& shape, const QueuePointer& queue);
  void begin_write(Replica& replica, const QueuePointer& queue);
  void mark_written(const Replica& replica);
  void forget_values();
  void remember(const Shape& shape);
  void take_over(const Shape& shape);

  // routes.cpp
  void bring(Place place, const Shape& shape, const QueuePointer& queue) const;
  void bring_zeros(Place place, const Shape& shape, const QueuePointer& queue) const;
  void bring_on_device(Place place, const Shape& shape, const QueuePointer& queue) const;
  void bring_from_elsewhere(Place place, const Shape& shape, const QueuePointer& queue) const;
  void copy(Place from, Place to, const Shape& shape, const QueuePointer& queue) const;
  void reorder(Place from, Place to, const Shape& shape, const QueuePointer& queue) const;
  void convert(Place from, Place to, const Shape& shape, const QueuePointer& queue) const;

  int64_t capacity_ = 0;
  std::shared_ptr<MemoryPool> pool_;
  Replicas replicas_;
  mutable std::function<void(float*)> fill_;
  mutable Mutex mutex_;       // where several nets may read: bringing a replica, marking a write
  mutable Shape nhwc_shape_;  // what the channels-last replicas are the order of
  std::atomic<uint64_t> version_{next_version()};
  std::atomic<int> pins_{0};
  std::atomic<uint64_t> left_{0};            // how many pins have gone
  std::atomic<uint64_t> taken_{0};           // of these, whose writes a pass has taken over
  mutable std::atomic<bool> keyed_{false};   // somebody has asked for a version
  std::atomic<uint64_t> hashed_version_{0};  // whose host values `pinned_hash_` is of
  uint64_t pinned_hash_ = 0;                 // guarded by mutex_
};

}  // namespace caffe
