// A queue of the emulated device: a thread that does what it is given in order, later. With a seed
// it waits between two operations, now and then, for a random while.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "core/device_table.h"

namespace emulated {

// What tests ask of the device: faults, and figures of what it has done.
struct Control {
  std::mutex mutex;
  uint64_t seed = 0;            // 0: no delays
  int64_t fail_allocation = 0;  // the n-th from now on finds no memory; 0: none
  int64_t fail_launch = 0;      // the n-th from now on fails when it runs
  int64_t lose_at = 0;          // at the n-th launch from now on the device is lost
  bool lost = false;
  int64_t queues = 0, launches = 0, allocations = 0, waits = 0;

  static Control& get() { return *current(); }
  // In a child made by fork(): nothing of what another thread may have been at.
  static void renew();

 private:
  static Control*& current();
};

using Work = std::function<void()>;

// How far a queue has come: for others as well, who may look when it is gone.
struct Progress {
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t done = 0;

  void wait(uint64_t count) {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return done >= count; });
  }
};

class Worker {
 public:
  Worker();
  // When it has done all.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // How much it has been given, this included.
  uint64_t give(std::string name, Work work);
  uint64_t given();
  // Waits until it has done so much; the first failure since the last call, or "".
  std::string wait(uint64_t count);
  const std::shared_ptr<Progress>& progress() const { return progress_; }

 private:
  struct Item {
    std::string name;
    Work work;
  };

  void run();
  void do_one(const Item& item);

  // What follows is guarded by the mutex of the progress.
  const std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
  std::deque<Item> items_;
  uint64_t given_ = 0;
  bool ends_ = false;
  std::string failure_;
  std::mt19937 random_;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace emulated

struct caffe_queue {
  emulated::Worker worker;
};
