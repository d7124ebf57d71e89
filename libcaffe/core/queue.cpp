#include "core/queue.hpp"

#include "core/error.hpp"

namespace caffe {

std::shared_ptr<Queue> Queue::make(Device& device) {
  caffe_queue* handle = nullptr;
  caffe_device_error error = {};
  device.check(device.table().queue_create(device.number(), &handle, &error), error);
  return std::shared_ptr<Queue>(new Queue(device, handle));
}

Queue::Queue(Device& device, caffe_queue* handle) : device_(device), handle_(handle) {}

Queue::~Queue() {
  if (in_process()) device_.table().queue_destroy(handle_);
}

// The threads of a device, and what a driver keeps of it, do not come along.
void Queue::require_process() const {
  if (in_process()) return;
  fail(Status::kState, "device ", quoted(device_.name()),
       " cannot be used in a process made by fork() for what was made before it");
}

void Queue::copy(void* to, const void* from, int64_t bytes, int direction) {
  if (bytes == 0) return;
  issue(device_.table().copy, to, from, static_cast<size_t>(bytes), direction);
  device_.count_copy(direction, bytes);
}

void* Queue::allocate(int64_t bytes) {
  require_process();
  const std::lock_guard<Mutex> lock(mutex_);
  return device_.allocate(bytes, handle_);
}

void Queue::free(void* memory, int64_t bytes) noexcept {
  if (!in_process()) return;
  const std::lock_guard<Mutex> lock(mutex_);
  device_.free(memory, bytes, handle_);
}

// The commands before the one that is being put together are whole.
Queue::Point Queue::point_behind(uint64_t number) {
  const std::lock_guard<Mutex> lock(mutex_);
  for (const Point& each : points_) {
    if (each.number >= number) return each;
  }
  caffe_device_error error = {};
  Point point{command_ - 1, 0};
  device_.check(device_.table().record(handle_, &point.point, &error), error);
  if (!points_.empty() && points_.back().number == point.number) points_.pop_back();
  points_.push_back(point);
  return point;
}

void Queue::synchronize(const Point& point) {
  caffe_device_error error = {};
  const int code = device_.table().synchronize(handle_, point.point, &error);
  device_.count_wait();
  if (code != CAFFE_DEVICE_OK) keep_failure(code, error);  // first: who sees it done sees it failed
  const std::lock_guard<Mutex> lock(mutex_);
  if (done_ < point.number) done_ = point.number;
  while (!points_.empty() && points_.front().number <= point.number) points_.pop_front();
}

// The first one.
void Queue::keep_failure(int code, const caffe_device_error& error) {
  const std::lock_guard<Mutex> lock(mutex_);
  if (failed_) return;
  failure_code_ = code;
  failure_ = error;
  failed_ = true;
}

void Queue::check() {
  if (!failed_) return;
  caffe_device_error error;
  int code;
  {
    const std::lock_guard<Mutex> lock(mutex_);
    if (!failed_) return;
    failed_ = false;
    error = failure_;
    code = failure_code_;
  }
  if (synchronous_) device_.check(code, error);
  fail(Status::kUnsupported, "device ", quoted(device_.name()), ": work that it was given earlier ",
       "has failed: ", error.text, " (with CAFFE_SYNC=1 in the environment the layer says so)");
}

void Queue::wait(uint64_t number) {
  if (!known_done(number)) {
    require_process();
    synchronize(point_behind(number));
  }
  check();
}

void Queue::settle(uint64_t number) noexcept {
  if (known_done(number) || !in_process()) return;
  try {
    synchronize(point_behind(number));
  } catch (...) {
    // A device that cannot say where it is has nothing under way any more.
  }
}

void Queue::drain() noexcept {
  end_command();
  settle(command_ - 1);
}

void Queue::wait_for(Queue& other, uint64_t number) {
  if (&other == this || other.known_done(number)) return;
  if (&other.device_.table() != &device_.table()) return other.wait(number);
  require_process();
  const Point point = other.point_behind(number);
  caffe_device_error error = {};
  const std::lock_guard<Mutex> lock(mutex_);
  device_.check(device_.table().wait(handle_, other.handle_, point.point, &error), error);
}

}  // namespace caffe
