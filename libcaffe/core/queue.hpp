// Work in order on a device, and the points in it that others wait for.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "core/device.hpp"
#include "core/fork.hpp"
#include "core/places.hpp"

namespace caffe {

// One thread at a time gives it work; any may wait for it.
class Queue {
 public:
  static std::shared_ptr<Queue> make(Device& device);
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  Device& device() const { return device_; }
  // How many operations it has been given; the next one has the next number.
  uint64_t issued() const { return issued_; }

  // Gives it an operation: calls function(handle, arguments..., &error).
  template <class Function, class... Arguments>
  void issue(const Function& function, const Arguments&... arguments) {
    require_process();
    caffe_device_error error = {};
    int code;
    {
      const std::lock_guard<Mutex> lock(mutex_);
      code = function(handle_, arguments..., &error);
      ++issued_;
    }
    device_.count_operation();
    device_.check(code, error);
    if (synchronous()) wait(issued());
  }

  // Lets what was prepared for its operations go.
  template <class Function, class Operation>
  void destroy(const Function& function, Operation* operation) noexcept {
    if (generation_ != fork_generation()) return;
    const std::lock_guard<Mutex> lock(mutex_);
    caffe_device_error ignored = {};
    function(handle_, operation, &ignored);
  }

  void copy(void* to, const void* from, int64_t bytes, int direction);

  // Waits until operation `number` is done. Fails when one before it has failed.
  void wait(uint64_t number);
  // What it is given from now on runs when operation `number` of the other one is done.
  void wait_for(Queue& other, uint64_t number);
  // Marks the point behind what it has been given, so that those who wait for it do not wait for
  // what comes later.
  void record();
  // Whether operation `number` is known to be done.
  bool known_done(uint64_t number) const { return done_ >= number; }

  // Memory of its device, from behind what it has been given on; and back.
  void* allocate(int64_t bytes);
  void free(void* memory, int64_t bytes) noexcept;

 private:
  struct Point {
    uint64_t number;  // of the last operation before it
    uint64_t point;
  };

  Queue(Device& device, caffe_queue* handle);
  void require_process() const;
  Point point_behind(uint64_t number);
  void note_done(uint64_t number);

  Device& device_;
  caffe_queue* const handle_;
  const uint64_t generation_ = fork_generation();
  Mutex mutex_;
  std::atomic<uint64_t> issued_{0}, done_{0};
  std::deque<Point> points_;  // in order
};

}  // namespace caffe
