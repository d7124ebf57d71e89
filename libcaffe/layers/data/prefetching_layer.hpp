// The base of layers whose batches are made ahead of their use: batches go straight into the tops,
// and are made anew from another pass on when somebody asks for that, and in a child made by
// fork(), which goes on where its parent was. A layer says how batch `number` is made, which is a
// function of the net's seed and that number alone, and registers itself in one line:
//
//   const PrefetchingLayerRegistration<DataLayer> registration("Data");
//
// data_param says of each of them
//   prefetch   4; how many batches may be ready or in the making, besides the one in the tops
//   threads    0: one thread that makes them, and another one whenever the net has had to wait, at
//              most as many as the net computes with; else their number; never more than prefetch
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/per_process.hpp"
#include "data/prefetch.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"
#include "layers/data/damaged_images.hpp"

namespace caffe {

// What one forward puts into the tops.
struct Batch {
  std::vector<Blob> tops;
  std::vector<ImageDamage> damaged;  // of its images
};

class PrefetchingLayer : public Layer {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kServes;

  PrefetchingLayer(const LayerParameter& param, const LayerContext& context);

  void reshape(const BlobPointers&, const BlobPointers&) override {}
  // After an error the next call tries the same batch again.
  void forward(const BlobPointers& bottom, const BlobPointers& top) final;
  void backward(const BlobPointers&, const std::vector<bool>&, const BlobPointers&) final {}
  void seek(int64_t pass, int64_t stride) final;
  std::function<void()> remember_pass() final;
  double wait_seconds() const final;

 protected:
  using Work = Prefetcher<Batch>::Work;

  // Takes what batch `number` needs from its source: called with one number after the other, by one
  // thread at a time. The work it returns shapes and fills the tops; several threads do it for
  // several batches at once. Memory of the tops holds anything. What is changed here is a
  // PerProcess, as a child may find it half changed.
  virtual Work begin(int64_t number, Batch& batch) = 0;

  // For an image that init() has read already.
  void report(const ImageDamage& one) { damaged_.add(one); }
  void end_threads();

 private:
  // PrefetchingLayerRegistration's alone: see there.
  virtual void ends_threads_in_time() = 0;
  bool forget_operations() override;
  void upload(Batch& batch);

  DamagedImages damaged_;
  int64_t next_pass_ = 0, stride_ = 1;
  double waited_before_ = 0;  // for prefetchers that are gone
  Mutex uploading_;
  std::shared_ptr<Queue> uploads_;  // to the net's device, beside what the net computes there
  PerProcess<Prefetcher<Batch>> prefetcher_;
};

// Of a class derived from the layer whose destructor ends the threads: they use the layer's
// members, which are gone when its base is destroyed.
template <class T>
class EndsThreadsInTime final : public T {
 public:
  using T::T;
  ~EndsThreadsInTime() override { T::end_threads(); }

 private:
  void ends_threads_in_time() override {}
};

template <class T>
using PrefetchingLayerRegistration = LayerRegistration<EndsThreadsInTime<T>>;

// The shape of a batch of so many items.
Shape batch_of(int64_t items, const Shape& item);

// A top that is filled item by item. The first one's shape is that of all.
class Items {
 public:
  Items(Blob& top, int64_t count) : top_(top), count_(count) {}

  // Whether an item of this shape goes with those before it.
  bool take(const Shape& item);
  const Shape& shape() const { return item_; }
  // Where the values of the next item go, which has been taken.
  float* next();

 private:
  Blob& top_;
  const int64_t count_;
  Shape item_;
  float* next_ = nullptr;
};

}  // namespace caffe
