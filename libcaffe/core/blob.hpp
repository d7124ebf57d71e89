// A blob: a shape with two storages, data and diff. Layers reach them through views that carry the
// shape along, so that no code handles a pointer without knowing its extent.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "core/storage.hpp"

namespace caffe {

// A blob's data or diff, for reading.
class ConstTensor {
 public:
  ConstTensor(const Storage& storage, const Shape& shape)
      : storage_(const_cast<Storage*>(&storage)), shape_(&shape) {}

  const Shape& shape() const { return *shape_; }
  int64_t count() const { return shape_->count(); }
  const float* read(Place place = Place::kHost) const { return storage_->read(place, *shape_); }
  // For the next operation of a queue, on its device.
  const void* read(Place place, const std::shared_ptr<Queue>& queue) const {
    return storage_->read(place, *shape_, queue);
  }
  // Whether reading at `place` needs no copy.
  bool valid(Place place) const { return storage_->valid(place); }
  // The host place in which the values lie now: for functions that treat every value alike.
  Place host_place() const {
    return valid(Place::kHost) || !valid(Place::kHostNhwc) ? Place::kHost : Place::kHostNhwc;
  }
  // Whether it was never written, or cleared, and so reads as zeros.
  bool empty() const { return storage_->empty(); }
  uint64_t version() const { return storage_->version(); }
  // The same values under another shape of equal count.
  ConstTensor as(const Shape& shape) const { return ConstTensor(*storage_, shape); }
  bool same_storage(const ConstTensor& other) const { return storage_ == other.storage_; }

 protected:
  Storage* storage_;
  const Shape* shape_;
};

// A blob's data or diff, for reading and writing.
class Tensor : public ConstTensor {
 public:
  Tensor(Storage& storage, const Shape& shape) : ConstTensor(storage, shape) {}

  Tensor as(const Shape& shape) const { return Tensor(*storage_, shape); }
  // For overwriting every value.
  float* write(Place place = Place::kHost) const { return storage_->write(place, *shape_); }
  // For changing some of them.
  float* update(Place place = Place::kHost) const { return storage_->update(place, *shape_); }
  // For overwriting some of them; the others stay, or are anything when nothing was written before.
  float* write_part(Place place = Place::kHost) const {
    return storage_->write_part(place, *shape_);
  }
  // For the next operation of a queue, on its device.
  void* write(Place place, const std::shared_ptr<Queue>& queue) const {
    return storage_->write(place, *shape_, queue);
  }
  void* update(Place place, const std::shared_ptr<Queue>& queue) const {
    return storage_->update(place, *shape_, queue);
  }
  void* write_part(Place place, const std::shared_ptr<Queue>& queue) const {
    return storage_->write_part(place, *shape_, queue);
  }
  // Gives the values to a tensor of as many, without a copy; this one is to be overwritten.
  void hand_over(Tensor to) const { storage_->hand_over(*to.storage_, *shape_); }
  // Makes all of them zero at no cost.
  void clear() const { storage_->clear(); }
  // Makes them what `fill` writes, when they are first read.
  void fill_later(std::function<void(float*)> fill) const { storage_->fill_later(std::move(fill)); }
};

class Blob {
 public:
  Blob() : Blob(Shape{0}) {}
  explicit Blob(const Shape& shape);

  const Shape& shape() const { return shape_; }
  int axes() const { return shape_.axes(); }
  int64_t count() const { return shape_.count(); }
  int64_t dim(int axis) const { return shape_.dim(axis); }

  // Contents stay when the new shape needs no more room than the largest so far.
  void reshape(const Shape& shape);

  Tensor data() { return Tensor(*data_, shape_); }
  ConstTensor data() const { return ConstTensor(*data_, shape_); }
  Tensor diff() { return Tensor(*diff_, shape_); }
  ConstTensor diff() const { return ConstTensor(*diff_, shape_); }

  // From now on this blob's data (diff) is the other's; both see each other's writes.
  void share_data(const Blob& other) { data_ = other.data_; }
  void share_diff(const Blob& other) { diff_ = other.diff_; }

  // Whether the values are only there while the net runs, so that nobody else can look at them.
  bool hidden() const { return hidden_; }
  void hide() { hidden_ = true; }

  const std::shared_ptr<Storage>& data_storage() const { return data_; }
  const std::shared_ptr<Storage>& diff_storage() const { return diff_; }

 private:
  Shape shape_;
  bool hidden_ = false;
  std::shared_ptr<Storage> data_ = std::make_shared<Storage>();
  std::shared_ptr<Storage> diff_ = std::make_shared<Storage>();
};

}  // namespace caffe
