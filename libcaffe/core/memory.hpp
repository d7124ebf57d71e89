// A piece of memory on a device, and the work under way that uses it. Whoever uses it next says so
// first, and so waits for as much as he must: a reader for the last writer, a writer for all.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/fork.hpp"
#include "core/queue.hpp"

namespace caffe {

class Memory {
 public:
  // The host's, of zeros, aligned to a cache line; fails when there is none.
  static std::shared_ptr<Memory> of_host(int64_t bytes);
  // Somebody's memory of the host, which `owner` keeps alive.
  static std::shared_ptr<Memory> adopted(void* address, int64_t bytes, std::shared_ptr<void> owner);
  // With whatever contents, on the queue's device.
  static std::shared_ptr<Memory> of_device(std::shared_ptr<Queue> queue, int64_t bytes);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  void* address() const { return address_; }
  float* values() const { return static_cast<float*>(address_); }
  int64_t bytes() const { return bytes_; }
  // Whether somebody else may change or free it at any time.
  bool is_adopted() const { return adopted_; }

  // The command that `queue` is being given reads it, or writes it.
  void read_by(const std::shared_ptr<Queue>& queue);
  void written_by(const std::shared_ptr<Queue>& queue);
  // Of the host: it is about to be written there, so the copies under way are waited for.
  void written_by_host() {
    if (busy_) wait_for_all();
  }

  // A queue that finds there what was last written: the one that wrote it, while that may not be
  // done. Null: no queue has used it.
  std::shared_ptr<Queue> writer() const;

 private:
  // The last commands of a queue that use the memory, and that write it (0: none).
  struct Use {
    std::shared_ptr<Queue> queue;
    uint64_t last, last_write;
  };

  Memory(Device* device, void* address, int64_t bytes, std::shared_ptr<void> owner, bool adopted);
  void used_by(const std::shared_ptr<Queue>& queue, bool writes);
  void wait_for_all();

  Device* const device_;  // null: the host's
  void* const address_;
  const int64_t bytes_;
  const std::shared_ptr<void> owner_;  // of the host's
  const bool adopted_;
  mutable Mutex mutex_;
  std::vector<Use> uses_;  // one a queue, of those that may not be done
  uint64_t use_count_ = 0;
  std::atomic<bool> busy_{false};
};

}  // namespace caffe
