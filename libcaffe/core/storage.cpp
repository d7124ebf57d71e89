#include "core/storage.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/allocator.hpp"
#include "core/divide_up.hpp"
#include "core/error.hpp"
#include "core/threads.hpp"
#include "core/transpose.hpp"

namespace caffe {

namespace {

// Whether both orders are the same bytes: at most one of (channels, spatial) is more than 1.
bool one_order(const Shape& shape) {
  return shape.axes() < 3 || shape[1] == 1 || shape.count(2) == 1;
}

}  // namespace

uint64_t Storage::next_version() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

void Storage::resize(const Shape& shape) {
  if (shape.count() <= capacity_ && holds(shape.count())) return;
  capacity_ = std::max(capacity_, shape.count());
  forget_values();
}

void Storage::forget_values() {
  valid_ = 0;
  fill_ = nullptr;
  version_ = next_version();
}

// A channels-last request for a blob in which both orders agree is served by the plain replica.
Place Storage::canonical(Place place, const Shape& shape) const {
  if (!one_order(shape)) return place;
  if (place == Place::kHostNhwc) return Place::kHost;
  if (place == Place::kDeviceNhwc) return Place::kDevice;
  return place;
}

// From a pool only what the value at hand needs: the next one takes anew.
int64_t Storage::needed(const Shape& shape) const {
  return pool_ != nullptr ? shape.count() : capacity_;
}

float* Storage::allocated(Place place, int64_t count) const {
  Replica& replica = replicas_[static_cast<size_t>(place)];
  if (replica.values == nullptr || replica.capacity < count) {
    replica = pool_ != nullptr ? pool_->take(count) : Replica{allocate_zeros(count), count};
  }
  return replica.values.get();
}

// Whether the value, if there is one, has room for so many.
bool Storage::holds(int64_t count) const {
  for (int i = 0; i < kPlaces; ++i) {
    if (valid(static_cast<Place>(i)) && replicas_[static_cast<size_t>(i)].capacity < count) {
      return false;
    }
  }
  return true;
}

// Two blobs of different shapes may share a storage (a reshape's bottom and top). The channels-last
// replica is the order of one of them; before the other is served, the value goes home to kHost.
void Storage::settle_order(const Shape& shape) const {
  if (nhwc_shape_ == shape) return;
  if (valid(Place::kHostNhwc)) {
    if (!valid(Place::kHost)) {
      allocated(Place::kHost, needed(nhwc_shape_));
      reorder(Place::kHostNhwc, Place::kHost, nhwc_shape_);
    }
    valid_ = bit(Place::kHost);
  }
  nhwc_shape_ = shape;
}

void Storage::reorder(Place from, Place to, const Shape& shape) const {
  const float* source = replicas_[static_cast<size_t>(from)].values.get();
  float* target = replicas_[static_cast<size_t>(to)].values.get();
  const int64_t channels = shape[1], spatial = shape.count(2);
  const bool to_nhwc = to == Place::kHostNhwc;
  const int64_t rows = to_nhwc ? channels : spatial, columns = to_nhwc ? spatial : channels;
  // A blocked transpose of each image: `rows` x `columns` becomes `columns` x `rows`. The blocks
  // are cut out of the longer side.
  constexpr int64_t kBlock = 32, kColumns = 4096;
  const bool by_rows = rows >= kBlock;
  const int64_t block = by_rows ? kBlock : kColumns, length = by_rows ? rows : columns;
  const int64_t blocks = divide_up(length, block);
  const int64_t work = block * (by_rows ? columns : rows);
  parallel_for(shape[0] * blocks, grain_of(work), [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t image = task / blocks, first = task % blocks * block;
      const int64_t count = std::min(block, length - first);
      const float* in = source + image * channels * spatial;
      float* out = target + image * channels * spatial;
      if (by_rows) {
        transpose(in + first * columns, columns, count, columns, out + first, rows);
      } else {
        transpose(in + first, columns, rows, count, out + first * rows, rows);
      }
    }
  });
  valid_.fetch_or(bit(to));
  ++reorders_;
}

void Storage::bring(Place place, const Shape& shape) const {
  if (place != Place::kHost && place != Place::kHostNhwc) {
    fail(Status::kUnsupported, "this build has no device memory");
  }
  if (place == Place::kHostNhwc) settle_order(shape);
  if (valid_ == kPending) {
    fill_(allocated(Place::kHost, capacity_));
    fill_ = nullptr;
    valid_ = bit(Place::kHost);
  }
  if (valid(place)) return;
  float* target = allocated(place, needed(shape));
  if (empty()) {
    std::memset(target, 0, static_cast<size_t>(needed(shape)) * sizeof(float));
    valid_.fetch_or(bit(place));
  } else if (place == Place::kHostNhwc) {
    reorder(Place::kHost, place, shape);
  } else {
    reorder(Place::kHostNhwc, place, nhwc_shape_);
  }
}

const float* Storage::read(Place place, const Shape& shape) const {
  place = canonical(place, shape);
  const bool ready = valid(place) && (place != Place::kHostNhwc || nhwc_shape_ == shape);
  if (!ready) {
    std::lock_guard<Mutex> lock(mutex_);
    bring(place, shape);
  }
  return replicas_[static_cast<size_t>(place)].values.get();
}

void Storage::mark_written(Place place) {
  fill_ = nullptr;
  valid_ = bit(place);
  version_ = next_version();
}

float* Storage::write(Place place, const Shape& shape) {
  place = canonical(place, shape);
  if (place == Place::kHostNhwc) {
    if (pinned()) settle_order(shape);
    nhwc_shape_ = shape;
  } else if (place != Place::kHost) {
    fail(Status::kUnsupported, "this build has no device memory");
  }
  float* values = allocated(place, needed(shape));
  mark_written(place);
  return values;
}

float* Storage::update(Place place, const Shape& shape) {
  read(place, shape);
  place = canonical(place, shape);
  mark_written(place);
  return replicas_[static_cast<size_t>(place)].values.get();
}

float* Storage::write_part(Place place, const Shape& shape) {
  return empty() ? write(place, shape) : update(place, shape);
}

void Storage::clear() {
  forget_values();
  if (pinned()) {  // holders of a pin see the zeros
    std::memset(allocated(Place::kHost, capacity_), 0,
                static_cast<size_t>(capacity_) * sizeof(float));
    valid_ = bit(Place::kHost);
  }
}

void Storage::fill_later(std::function<void(float*)> fill) {
  require_room(capacity_);  // as if the values were written now
  forget_values();
  if (pinned()) {
    fill(allocated(Place::kHost, capacity_));
    valid_ = bit(Place::kHost);
  } else {
    fill_ = std::move(fill);
    valid_ = kPending;
  }
}

void Storage::use_pool(std::shared_ptr<MemoryPool> pool) {
  pool_ = std::move(pool);
}

void Storage::release() {
  if (pool_ == nullptr || pinned()) return;
  valid_ = 0;
  for (Replica& replica : replicas_) {
    if (replica.values != nullptr) pool_->give(std::exchange(replica, {}));
  }
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
  for (int i = 0; i < kPlaces; ++i) {
    const auto place = static_cast<size_t>(i);
    if (valid(static_cast<Place>(i))) std::swap(replicas_[place], other.replicas_[place]);
  }
  other.fill_ = std::exchange(fill_, nullptr);
  other.nhwc_shape_ = nhwc_shape_;
  other.valid_ = valid_.exchange(0);
  version_ = next_version();
  other.version_ = next_version();
}

void Storage::adopt(float* values, int64_t count, std::shared_ptr<void> owner) {
  Replica& host = replicas_[static_cast<size_t>(Place::kHost)];
  if (pinned() && host.values != nullptr && count <= std::min(capacity_, host.capacity)) {
    std::memcpy(host.values.get(), values, static_cast<size_t>(count) * sizeof(float));
    mark_written(Place::kHost);
    return;
  }
  capacity_ = count;
  host.values = std::shared_ptr<float>(std::move(owner), values);
  host.capacity = count;
  mark_written(Place::kHost);
}

}  // namespace caffe
