// Which replicas hold the value, and who gets them. How one comes to hold it is in routes.cpp, what
// holders of old pointers see in pins.cpp.
#include "core/storage.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/allocator.hpp"
#include "core/encodings.hpp"
#include "core/error.hpp"

namespace caffe {

namespace {

// Whether both orders are the same bytes: at most one of (channels, spatial) is more than 1.
bool one_order(const Shape& shape) {
  return shape.axes() < 3 || shape[1] == 1 || shape.count(2) == 1;
}

// A channels-last request for a blob in which both orders agree is served by the plain replica.
Place canonical(Place place, const Shape& shape) {
  return place.channels_last() && one_order(shape) ? place.in(Order::kPlain) : place;
}

}  // namespace

uint64_t Storage::next_version() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

void Storage::resize(const Shape& shape) {
  if (shape.count() <= capacity_ && holds(shape.count())) return forget_shorter(shape.count());
  capacity_ = std::max(capacity_, shape.count());
  forget_values();
}

void Storage::forget_values() {
  replicas_.valid = 0;
  fill_ = nullptr;
  version_ = next_version();
}

// Of how many rows a value of that shape has scales.
int64_t Storage::scales_of(const Shape& shape) {
  return shape.axes() == 0 ? 1 : shape[0];
}

// From a pool only what the value at hand needs: the next one takes anew.
int64_t Storage::needed(int64_t count) const {
  return pool_ != nullptr ? count : capacity_;
}

// Room for `count` values in so many rows, and for all that the storage has ever had.
Replica& Storage::allocated(Place place, int64_t count, int64_t rows,
                            const QueuePointer& queue) const {
  Replica& replica = replicas_.at(place);
  replica.rows = rows;
  replica.count = count;
  const int64_t bytes = encoded_bytes(place.encoding, needed(count), rows);
  if (replica.memory == nullptr || replica.memory->bytes() < bytes) {
    replica.memory = nullptr;  // before the next one is asked for
    if (!place.on_host()) {
      replica.memory = Memory::of_device(queue, bytes);
    } else {
      replica.memory = pool_ != nullptr ? pool_->take(bytes) : Memory::of_host(bytes);
    }
  }
  return replica;
}

// With all the room that the storage has ever had, for whoever writes it now.
Replica& Storage::allocated_host() const {
  Replica& replica = allocated(Place::kHost, capacity_, 1, nullptr);
  replica.memory->written_by_host();
  return replica;
}

// Whether the value, if there is one, has room for so many.
bool Storage::holds(int64_t count) const {
  const bool small = replicas_.any_valid([&](const Replica& each) {
    return each.memory->bytes() < encoded_bytes(each.place.encoding, count, each.rows);
  });
  return !small;
}

// What was brought to a place was as much as a shape of that time needed. Where another place has
// more, that is the value of a larger one.
void Storage::forget_shorter(int64_t count) {
  const auto longer = [&](const Replica& each) { return each.count >= count; };
  if (replicas_.any_valid(longer) == nullptr) return;
  uint64_t shorter = 0;
  replicas_.for_each([&](const Replica& each) { shorter |= longer(each) ? 0 : each.bit; });
  replicas_.valid.fetch_and(~shorter);
}

// How many values of the storage the replica holds, seen in that shape.
int64_t Storage::held(const Replica& replica, const Shape& shape) const {
  if (replica.place.encoding == Encoding::kS8) return replica.count;
  return replica.place.channels_last() ? nhwc_shape_.count() : shape.count();
}

// Two blobs of different shapes may share a storage (a reshape's bottom and top). A channels-last
// replica is the order of one of them; before the other is served, the value goes home to plain
// order, where it lies.
void Storage::settle_order(const Shape& shape) const {
  if (nhwc_shape_ == shape) return;
  const auto last = [](const Replica& each) { return each.place.channels_last(); };
  if (const Replica* const from = replicas_.any_valid(last)) {
    const auto plain = [](const Replica& each) { return !each.place.channels_last(); };
    if (replicas_.any_valid(plain) == nullptr) {
      bring(from->place.in(Order::kPlain).in(Encoding::kF32), nhwc_shape_, from->queue());
    }
    uint64_t stale = 0;
    replicas_.for_each([&](const Replica& each) { stale |= last(each) ? each.bit : 0; });
    replicas_.valid.fetch_and(~stale);
  }
  nhwc_shape_ = shape;
}

// The same of the rows that have a scale each.
void Storage::settle_rows(const Shape& shape) const {
  const auto other = [&](const Replica& each) {
    return each.place.encoding == Encoding::kS8 &&
           (each.rows != scales_of(shape) || each.count != shape.count());
  };
  for (const Replica* each; (each = replicas_.any_valid(other)) != nullptr;) {
    const auto exact = [](const Replica& one) { return one.place.encoding != Encoding::kS8; };
    if (replicas_.any_valid(exact) == nullptr) {
      bring(each->place.in(Encoding::kF32), Shape{each->count}, each->queue());
    }
    replicas_.valid.fetch_and(~each->bit);
  }
}

bool Storage::ready(Place place, const Shape& shape) const {
  const Replica* const replica = replicas_.find(place);
  if (replica == nullptr || !replicas_.holds(*replica)) return false;
  if (place.channels_last() && !(nhwc_shape_ == shape)) return false;
  return place.encoding != Encoding::kS8 ||
         (replica->rows == scales_of(shape) && replica->count == shape.count());
}

// The replica at `place`, which holds the value from now on.
Replica& Storage::brought(Place place, const Shape& shape, const QueuePointer& queue) const {
  if (!ready(place, shape)) {
    const std::lock_guard<Mutex> lock(mutex_);
    if (!ready(place, shape)) {
      if (place.channels_last()) settle_order(shape);
      if (place.encoding == Encoding::kS8) settle_rows(shape);
      bring(place, shape, queue);
    }
  }
  return *replicas_.find(place);
}

// The replica at `place`, which is the only one that holds the value from now on.
Replica& Storage::overwritten(Place place, const Shape& shape, const QueuePointer& queue) {
  if (place.channels_last() && pinned()) settle_order(shape);
  Replica& replica = allocated(place, shape.count(), scales_of(shape), queue);
  // What lies behind the values stays.
  if (!place.channels_last() && place.encoding != Encoding::kS8)
    replica.count = needed(replica.count);
  begin_write(replica, queue);
  if (place.channels_last()) nhwc_shape_ = shape;
  return replica;
}

// Waits for those who work on the memory.
void Storage::begin_write(Replica& replica, const QueuePointer& queue) {
  if (queue != nullptr) {
    replica.memory->written_by(queue);
  } else {
    replica.memory->written_by_host();
  }
  mark_written(replica);
}

void Storage::mark_written(const Replica& replica) {
  fill_ = nullptr;
  replicas_.valid = replica.bit;
  version_ = next_version();
}

const float* Storage::read(Place place, const Shape& shape) const {
  return brought(canonical(place, shape), shape, nullptr).values();
}

float* Storage::write(Place place, const Shape& shape) {
  return overwritten(canonical(place, shape), shape, nullptr).values();
}

float* Storage::update(Place place, const Shape& shape) {
  return static_cast<float*>(update(place, shape, nullptr));
}

float* Storage::write_part(Place place, const Shape& shape) {
  return empty() ? write(place, shape) : update(place, shape);
}

const void* Storage::read(Place place, const Shape& shape, const QueuePointer& queue) const {
  const Replica& replica = brought(canonical(place, shape), shape, queue);
  if (queue != nullptr) replica.memory->read_by(queue);
  return replica.memory->address();
}

void* Storage::write(Place place, const Shape& shape, const QueuePointer& queue) {
  return overwritten(canonical(place, shape), shape, queue).memory->address();
}

void* Storage::update(Place place, const Shape& shape, const QueuePointer& queue) {
  Replica& replica = brought(canonical(place, shape), shape, queue);
  begin_write(replica, queue);
  return replica.memory->address();
}

void* Storage::write_part(Place place, const Shape& shape, const QueuePointer& queue) {
  return empty() ? write(place, shape, queue) : update(place, shape, queue);
}

void Storage::clear() {
  forget_values();
  if (pinned()) {  // holders of a pin see the zeros
    Replica& replica = allocated_host();
    std::memset(replica.values(), 0, static_cast<size_t>(capacity_) * sizeof(float));
    replicas_.valid = replica.bit;
  }
}

void Storage::fill_later(std::function<void(float*)> fill) {
  require_room(capacity_);  // as if the values were written now
  forget_values();
  if (pinned()) {
    Replica& replica = allocated_host();
    fill(replica.values());
    replicas_.valid = replica.bit;
  } else {
    fill_ = std::move(fill);
    replicas_.valid = kPending;
  }
}

void Storage::use_pool(std::shared_ptr<MemoryPool> pool) {
  pool_ = std::move(pool);
}

void Storage::release() {
  if (pool_ == nullptr || pinned()) return;
  replicas_.valid = 0;
  replicas_.for_each([&](Replica& each) {
    std::shared_ptr<Memory> memory = std::exchange(each.memory, nullptr);
    if (memory != nullptr && each.place.on_host()) pool_->give(std::move(memory));
  });
  version_ = next_version();
}

void Storage::hand_over(Storage& other, const Shape& shape) {
  const bool keep_memory = pool_ != nullptr || other.pool_ != nullptr;
  // Pins, and blobs of other shapes that share the storage, count on all the room it has had.
  const bool has_room = holds(other.capacity_);
  if (keep_memory || !has_room || pinned() || left_ != taken_ || other.pinned()) {
    const float* values = read(Place::kHost, shape);
    std::memcpy(other.write(Place::kHost, shape), values,
                static_cast<size_t>(shape.count()) * sizeof(float));
    if (!pinned()) capacity_ = std::max(capacity_, other.capacity_);  // the next one needs no copy
    return;
  }
  // Memory for the other order stays with the storage that uses that order.
  uint64_t valid = replicas_.valid & kPending;
  replicas_.for_each([&](Replica& each) {
    if (!replicas_.holds(each)) return;
    Replica& theirs = other.replicas_.at(each.place);
    std::swap(each.memory, theirs.memory);
    std::swap(each.rows, theirs.rows);
    std::swap(each.count, theirs.count);
    valid |= theirs.bit;
  });
  other.fill_ = std::exchange(fill_, nullptr);
  other.nhwc_shape_ = nhwc_shape_;
  other.replicas_.valid = valid;
  replicas_.valid = 0;
  version_ = next_version();
  other.version_ = next_version();
}

void Storage::adopt(float* values, int64_t count, std::shared_ptr<void> owner) {
  Replica& replica = host();
  const auto bytes = static_cast<int64_t>(sizeof(float)) * count;
  if (pinned() && replica.memory != nullptr && count <= capacity_ &&
      bytes <= replica.memory->bytes()) {
    replica.memory->written_by_host();
    std::memcpy(replica.values(), values, static_cast<size_t>(bytes));
  } else {
    capacity_ = count;
    replica.memory = Memory::adopted(values, bytes, std::move(owner));
    replica.count = count;
  }
  mark_written(replica);
}

}  // namespace caffe
