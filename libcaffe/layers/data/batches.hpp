// The batches of a data layer: made ahead by a thread, and made anew from another pass on when
// somebody asks for that, and in a child made by fork(), which goes on where its parent was.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "core/per_process.hpp"
#include "data/prefetch.hpp"

namespace caffe {

template <class Batch>
class Batches {
 public:
  // `produce(pass, batch)` runs on the thread and uses what its owner has: a layer holds its
  // batches as its last member, so that the thread ends first. What it changes there is a
  // PerProcess, as a child may find it half changed.
  Batches(int64_t depth, typename Prefetcher<Batch>::Produce produce)
      : depth_(depth), produce_(std::move(produce)) {}

  // The next pass's, borrowed until the next call. After an error the next call tries it again.
  const Batch& next() {
    try {
      const Batch& batch = prefetcher_->next();
      ++next_pass_;
      return batch;
    } catch (...) {
      stop();
      throw;
    }
  }

  void seek(int64_t pass) {
    if (pass == next_pass_) return;
    stop();
    next_pass_ = pass;
  }

  double wait_seconds() const {
    const Prefetcher<Batch>* prefetcher = prefetcher_.made();
    return waited_before_ + (prefetcher != nullptr ? prefetcher->waited() : 0);
  }

 private:
  void stop() {
    waited_before_ = wait_seconds();
    prefetcher_.reset();
  }

  const int64_t depth_;
  const typename Prefetcher<Batch>::Produce produce_;
  int64_t next_pass_ = 0;
  double waited_before_ = 0;  // for prefetchers that are gone
  PerProcess<Prefetcher<Batch>> prefetcher_{
      [this] { return std::make_unique<Prefetcher<Batch>>(depth_, next_pass_, produce_); }};
};

}  // namespace caffe
