// A thread that makes batches ahead of their use, at most `depth` of them, in order. What it makes
// depends on the batch's index alone, so whoever reads sees the same with and without it. It
// belongs to the process that made it (core/per_process.hpp): its mutex may be held in a child made
// by fork(), which makes another one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/error.hpp"
#include "core/fork.hpp"

namespace caffe {

template <class Batch>
class Prefetcher {
 public:
  // Fills batch `index`; called on the thread only, with first, first + 1, ... The batch it is
  // given has been used before and still holds what was in it.
  using Produce = std::function<void(int64_t index, Batch& batch)>;

  Prefetcher(int64_t depth, int64_t first, Produce produce)
      : produce_(std::move(produce)), unmade_(depth + 1), index_(first) {
    if (depth < 1) fail(Status::kInvalidArgument, "prefetch is ", depth, ", expected at least 1");
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
      fail(Status::kOutOfMemory,
           "there is no thread to be had that makes batches ahead: ", error.code().message());
    }
  }

  ~Prefetcher() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  // The next batch, borrowed until the next call. Rethrows what `produce` threw for it; no batch
  // comes after that.
  const Batch& next() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (current_) free_.push_back(std::move(current_));
    changed_.notify_all();
    const auto start = std::chrono::steady_clock::now();
    changed_.wait(lock, [this] { return !ready_.empty() || error_; });
    waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (ready_.empty()) std::rethrow_exception(error_);
    current_ = std::move(ready_.front());
    ready_.pop_front();
    return *current_;
  }

  // For how many seconds next() has waited in all.
  double waited() const { return waited_; }

 private:
  void run() {
    for (std::unique_ptr<Batch> batch;; ++index_) {
      {
        std::unique_lock<std::mutex> lock(mutex_);
        if (batch) ready_.push_back(std::move(batch));
        changed_.notify_all();
        changed_.wait(lock, [this] { return !free_.empty() || unmade_ > 0 || stop_; });
        if (stop_) return;
        if (!free_.empty()) {
          batch = std::move(free_.front());
          free_.pop_front();
        }
      }
      std::exception_ptr error;
      try {
        if (!batch) {
          batch = std::make_unique<Batch>();
          --unmade_;
        }
        produce_(index_, *batch);
      } catch (...) {
        error = std::current_exception();
      }
      // The log's callback may fork: the child has this thread alone, and nobody who reads.
      if (process_ != fork_generation()) return;
      if (error) {
        std::lock_guard<std::mutex> lock(mutex_);
        error_ = error;
        changed_.notify_all();
        return;
      }
    }
  }

  const uint64_t process_ = fork_generation();
  const Produce produce_;
  int64_t unmade_;  // batches there may be but are not yet; one is in the reader's hands
  int64_t index_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Batch>> free_, ready_;
  std::unique_ptr<Batch> current_;
  std::exception_ptr error_;
  bool stop_ = false;
  double waited_ = 0;
  std::thread thread_;
};

}  // namespace caffe
