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

// Work comes as commands: a kernel, and before it whatever brings its operands to where it wants
// them. Who uses memory says so before he issues what uses it, so the uses of a command have its
// number, however many operations it turns out to be. One thread at a time gives it commands; any
// may wait for it, or fetch a value from its device meanwhile.
class Queue {
 public:
  static std::shared_ptr<Queue> make(Device& device);
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  Device& device() const { return device_; }
  // The number of the command that is being put together, from 1, and the end of it.
  uint64_t command() const { return command_; }
  void end_command() { ++command_; }

  // Gives it an operation: calls function(handle, arguments..., &error).
  template <class Function, class... Arguments>
  void issue(const Function& function, const Arguments&... arguments) {
    require_process();
    caffe_device_error error = {};
    int code;
    {
      const std::lock_guard<Mutex> lock(mutex_);
      code = function(handle_, arguments..., &error);
    }
    device_.count_operation();
    device_.check(code, error);
    if (synchronous_) wait(command());
  }

  // Lets what was prepared for its operations go.
  template <class Function, class Operation>
  void destroy(const Function& function, Operation* operation) noexcept {
    if (!in_process()) return;
    const std::lock_guard<Mutex> lock(mutex_);
    caffe_device_error ignored = {};
    function(handle_, operation, &ignored);
  }

  void copy(void* to, const void* from, int64_t bytes, int direction);

  // Waits until command `number` is done, or what there is of it. Fails, once, when work has
  // failed.
  void wait(uint64_t number);
  // The same in two steps: the first leaves what has failed to the second, or to the next wait().
  void settle(uint64_t number) noexcept;
  void check();
  // What it is given from now on runs when command `number` of the other one is done.
  void wait_for(Queue& other, uint64_t number);
  // Whether command `number` is known to be done.
  bool known_done(uint64_t number) const { return done_ >= number; }
  // Nobody gives it commands any more: waits for all. What has failed is the next wait()'s.
  void drain() noexcept;
  // Whether this process has made it: no other can use it, or has anything to wait for.
  bool in_process() const { return generation_ == fork_generation(); }

  // Memory of its device, from behind what it has been given on; and back.
  void* allocate(int64_t bytes);
  void free(void* memory, int64_t bytes) noexcept;

 private:
  struct Point {
    uint64_t number;  // of the last command that is all before it
    uint64_t point;
  };

  Queue(Device& device, caffe_queue* handle);
  void require_process() const;
  Point point_behind(uint64_t number);
  void synchronize(const Point& point);
  void keep_failure(int code, const caffe_device_error& error);

  Device& device_;
  caffe_queue* const handle_;
  const uint64_t generation_ = fork_generation();
  const bool synchronous_ = synchronous();
  Mutex mutex_;
  std::atomic<uint64_t> command_{1}, done_{0};
  std::deque<Point> points_;  // in order
  std::atomic<bool> failed_{false};
  int failure_code_ = 0;  // these two are behind the mutex
  caffe_device_error failure_ = {};
};

}  // namespace caffe
