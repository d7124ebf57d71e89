// How a replica comes to hold the value: the way from a place where it is valid to the one where it
// is wanted. A step changes one thing, the order, the encoding or the device. Orders and encodings
// change on the device where the value is wanted, or else, on its way to the host, where it comes
// from; between two devices it goes through the host.
#include <cstring>

#include "core/encodings.hpp"
#include "core/error.hpp"
#include "core/orders.hpp"
#include "core/storage.hpp"

namespace caffe {

void Storage::bring(Place place, const Shape& shape, const QueuePointer& queue) const {
  if (replicas_.valid == kPending) {
    fill_(allocated_host().values());
    fill_ = nullptr;
    replicas_.valid = host().bit;
  }
  if (replicas_.holds(place)) return;
  if (empty()) return bring_zeros(place, shape, queue);
  const auto here = [&](const Replica& each) { return each.place.device == place.device; };
  if (replicas_.any_valid(here) == nullptr) bring_from_elsewhere(place, shape, queue);
  bring_on_device(place, shape, queue);
}

void Storage::bring_zeros(Place place, const Shape& shape, const QueuePointer& queue) const {
  const bool scales = place.encoding == Encoding::kS8;
  const int64_t count = scales ? shape.count() : needed(shape.count());
  Replica& target = allocated(place, count, scales_of(shape), queue);
  // In every encoding zeros are bytes of zeros.
  const auto bytes = static_cast<size_t>(encoded_bytes(place.encoding, count, target.rows));
  if (queue == nullptr) {
    target.memory->written_by_host();
    std::memset(target.memory->address(), 0, bytes);
  } else if (bytes > 0) {
    target.memory->written_by(queue);
    queue->issue(queue->device().table().zero, target.memory->address(), bytes);
  }
  replicas_.valid.fetch_or(target.bit);
}

// Some replica of the device holds the value; in the end the one at `place` does.
void Storage::bring_on_device(Place place, const Shape& shape, const QueuePointer& queue) const {
  if (replicas_.holds(place)) return;
  const Place exact = place.in(Encoding::kF32);
  if (place != exact) {
    bring_on_device(exact, shape, queue);
    return convert(exact, place, shape, queue);
  }
  const auto same_order = [&](const Replica& each) {
    return each.place.device == place.device && each.place.order == place.order;
  };
  if (const Replica* const encoded = replicas_.any_valid(same_order)) {
    return convert(encoded->place, place, shape, queue);
  }
  const Place other = place.in(place.channels_last() ? Order::kPlain : Order::kChannelsLast);
  bring_on_device(other, shape, queue);
  reorder(other, place, shape, queue);
}

// No replica of the device holds the value; in the end one does.
void Storage::bring_from_elsewhere(Place place, const Shape& shape,
                                   const QueuePointer& queue) const {
  const auto on_host = [](const Replica& each) { return each.place.on_host(); };
  const Replica* source = replicas_.any_valid(on_host);
  if (source == nullptr) {
    source = replicas_.any_valid([](const Replica&) { return true; });
    const Place wanted = place.on(source->place.device);
    const QueuePointer theirs = source->queue();
    bring_on_device(wanted, shape, theirs);
    copy(wanted, wanted.on(0), shape, theirs);
    source = replicas_.find(wanted.on(0));
  } else if (replicas_.holds(place.on(0))) {
    source = replicas_.find(place.on(0));
  } else if (replicas_.holds(Place::kHost)) {
    source = &host();
  }
  if (!place.on_host()) copy(source->place, source->place.on(place.device), shape, queue);
}

void Storage::copy(Place from, Place to, const Shape& shape, const QueuePointer& queue) const {
  const Replica& source = *replicas_.find(from);
  const int64_t count = held(source, shape);
  Replica& target = allocated(to, count, source.rows, queue);
  const int64_t bytes = encoded_bytes(from.encoding, count, source.rows);
  source.memory->read_by(queue);
  if (to.on_host()) {
    target.memory->written_by_host();
    queue->copy(target.memory->address(), source.memory->address(), bytes, CAFFE_COPY_TO_HOST);
    queue->wait(queue->command());
  } else {
    target.memory->written_by(queue);
    queue->copy(target.memory->address(), source.memory->address(), bytes, CAFFE_COPY_TO_DEVICE);
    // Its owner may change it as soon as the pass is over.
    if (source.memory->is_adopted()) source.memory->written_by_host();
  }
  replicas_.valid.fetch_or(target.bit);
}

void Storage::reorder(Place from, Place to, const Shape& shape, const QueuePointer& queue) const {
  const Replica& source = *replicas_.find(from);
  // What lies channels last is in the order of the shape that it was written with.
  const Shape& order = to.channels_last() ? shape : nhwc_shape_;
  Replica& target = allocated(to, order.count(), scales_of(order), queue);
  const int64_t images = order[0], channels = order[1], space = order.count(2);
  const int64_t rows = to.channels_last() ? channels : space;
  const int64_t columns = to.channels_last() ? space : channels;
  if (to.on_host()) {
    target.memory->written_by_host();
    transpose_images(source.values(), target.values(), images, rows, columns);
  } else if (order.count() > 0) {
    source.memory->read_by(queue);
    target.memory->written_by(queue);
    queue->issue(queue->device().table().transpose, source.values(), target.values(), images, rows,
                 columns);
  }
  replicas_.valid.fetch_or(target.bit);
  ++reorders_;
}

void Storage::convert(Place from, Place to, const Shape& shape, const QueuePointer& queue) const {
  const Replica& source = *replicas_.find(from);
  const int64_t count = held(source, shape);
  const int64_t rows = from.encoding == Encoding::kS8 ? source.rows : scales_of(shape);
  Replica& target = allocated(to, count, rows, queue);
  const int64_t columns = rows == 0 ? 0 : count / rows;
  if (to.on_host()) {
    target.memory->written_by_host();
    caffe::convert(source.memory->address(), from.encoding, target.memory->address(), to.encoding,
                   rows, columns);
  } else if (count > 0) {
    source.memory->read_by(queue);
    target.memory->written_by(queue);
    queue->issue(queue->device().table().convert, source.memory->address(),
                 static_cast<int>(from.encoding), target.memory->address(),
                 static_cast<int>(to.encoding), rows, columns);
  }
  replicas_.valid.fetch_or(target.bit);
}

}  // namespace caffe
