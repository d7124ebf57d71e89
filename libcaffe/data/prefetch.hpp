// Threads that make batches ahead of their use. A batch depends on its number alone, so several may
// be made at a time, and whoever reads gets them in the order of their numbers and sees the same
// with any number of threads. What has to be taken from a source in order (a database's cursor) is
// taken by one thread at a time, in the order of the numbers; the rest of the work has no order.
//
// It belongs to the process that made it (core/per_process.hpp): its mutexes may be held in a child
// made by fork(), which makes another one.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/fork.hpp"
#include "core/threads.hpp"

namespace caffe {

struct PrefetchSettings {
  int64_t depth = 4;    // how many batches may be ready or in the making, and threads be there
  int64_t threads = 0;  // how many make them; 0: one at first, and one more whenever the reader has
                        // to wait, up to the number of compute threads, which do nothing meanwhile
};

template <class Batch>
class Prefetcher {
 public:
  // What remains to be done for a batch; calls for several batches run at the same time.
  using Work = std::function<void(Batch& batch)>;
  // Takes what batch `number` needs; called with first, first + 1, ... by one thread after the
  // other. The batch it is given has been used before and still holds what was in it.
  using Begin = std::function<Work(int64_t number, Batch& batch)>;

  Prefetcher(const PrefetchSettings& settings, int64_t first, Begin begin)
      : begin_(std::move(begin)), unbegun_(first) {
    if (settings.depth < 1) {
      fail(Status::kInvalidArgument, "prefetch is ", settings.depth, ", expected at least 1");
    }
    constexpr int64_t kDeepest = 1 << 16;  // no memory holds more
    const int64_t depth = std::min(settings.depth, kDeepest);
    free_.resize(static_cast<size_t>(depth));
    most_ = std::min<int64_t>(depth, settings.threads > 0 ? settings.threads : num_threads());
    try {
      do {
        add_thread();
      } while (settings.threads > 0 && threads() < most_);
    } catch (const std::system_error& error) {
      end();
      fail(Status::kOutOfMemory,
           "there is no thread to be had that makes batches ahead: ", error.code().message());
    } catch (...) {  // no memory for one more, say
      end();
      throw;
    }
  }

  ~Prefetcher() { end(); }

  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  // Calls use(batch) with the next batch, whose memory is written again as soon as it returns.
  // Rethrows what making that batch threw; no batch comes after it.
  template <class Use>
  void next(const Use& use) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!ready()) wait(lock);
    const auto first = batches_.begin();
    if (first->error) std::rethrow_exception(first->error);
    lock.unlock();
    use(first->batch);
    lock.lock();
    first->made = false;
    free_.splice(free_.begin(), batches_, first);
    used_one_ = true;
    room_.notify_one();
  }

  // For how many seconds next() has waited in all.
  double waited() const { return waited_; }
  int64_t threads() const { return static_cast<int64_t>(threads_.size()); }

 private:
  struct Slot {
    Batch batch;
    int64_t number = 0;
    bool made = false;
    std::exception_ptr error;
  };

  bool ready() const { return !batches_.empty() && batches_.front().made; }

  void wait(std::unique_lock<std::mutex>& lock) {
    // That nothing is ready at the beginning says nothing.
    if (used_one_ && threads() < most_) {
      try {
        add_thread();
      } catch (const std::system_error&) {  // those there are go on
        most_ = threads();
      }
    }
    const auto start = std::chrono::steady_clock::now();
    made_.wait(lock, [this] { return ready(); });
    waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  void add_thread() {
    threads_.emplace_back([this] { run(); });
  }

  void end() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // A place for the next batch, as soon as there is one; null at the end.
  Slot* take_slot() {
    std::unique_lock<std::mutex> lock(mutex_);
    room_.wait(lock, [this] { return (!free_.empty() && !failed_) || stop_; });
    if (stop_) return nullptr;
    batches_.splice(batches_.end(), free_, free_.begin());
    Slot& slot = batches_.back();
    slot.number = unbegun_++;
    return &slot;
  }

  void run() {
    for (;;) {
      Slot* slot = nullptr;
      Work work;
      std::exception_ptr error;
      {
        std::lock_guard<std::mutex> turn(turn_);
        slot = take_slot();
        if (slot == nullptr) return;
        try {
          work = begin_(slot->number, slot->batch);
        } catch (...) {
          error = std::current_exception();
        }
        // The log's callback may fork: the child has this thread alone, and nobody who reads.
        if (process_ != fork_generation()) return;
        if (error) set_made(*slot, error);  // before another one is begun
      }
      if (error) continue;
      try {
        if (work) work(slot->batch);
      } catch (...) {
        error = std::current_exception();
      }
      if (process_ != fork_generation()) return;
      set_made(*slot, error);
    }
  }

  void set_made(Slot& slot, const std::exception_ptr& error) {
    std::lock_guard<std::mutex> lock(mutex_);
    slot.made = true;
    slot.error = error;
    failed_ = failed_ || error;
    made_.notify_one();
  }

  const uint64_t process_ = fork_generation();
  const Begin begin_;
  std::mutex turn_;   // held while a batch is begun
  std::mutex mutex_;  // guards all below but what only the reader uses
  std::condition_variable room_, made_;
  std::list<Slot> free_;
  std::list<Slot> batches_;  // in the making or ready, in the order of their numbers
  int64_t unbegun_;          // the number of the next batch to begin
  bool failed_ = false;      // no more are begun
  bool stop_ = false;
  int64_t most_ = 1;       // threads; the reader's, as all that follows
  bool used_one_ = false;  // next() has handed out a batch
  double waited_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace caffe
