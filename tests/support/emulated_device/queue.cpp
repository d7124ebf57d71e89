#include "support/emulated_device/queue.hpp"

#include <pthread.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <utility>

namespace emulated {

Control*& Control::current() {
  static Control* control = new Control;
  return control;
}

void Control::renew() {
  const uint64_t seed = get().seed;
  current() = new Control;
  get().seed = seed;
}

Worker::Worker() {
  Control& control = Control::get();
  {
    const std::lock_guard<std::mutex> lock(control.mutex);
    random_.seed(
        static_cast<uint32_t>(control.seed * 1000 + static_cast<uint64_t>(control.queues)));
    ++control.queues;
  }
  // The program's signals are for its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Worker::~Worker() {
  {
    const std::lock_guard<std::mutex> lock(progress_->mutex);
    ends_ = true;
  }
  progress_->changed.notify_all();
  thread_.join();
  Control& control = Control::get();
  const std::lock_guard<std::mutex> lock(control.mutex);
  --control.queues;
}

uint64_t Worker::give(std::string name, Work work) {
  uint64_t count;
  {
    const std::lock_guard<std::mutex> lock(progress_->mutex);
    items_.push_back({std::move(name), std::move(work)});
    count = ++given_;
  }
  progress_->changed.notify_all();
  return count;
}

uint64_t Worker::given() {
  const std::lock_guard<std::mutex> lock(progress_->mutex);
  return given_;
}

std::string Worker::wait(uint64_t count) {
  progress_->wait(count);
  const std::lock_guard<std::mutex> lock(progress_->mutex);
  return std::exchange(failure_, "");
}

void Worker::run() {
  for (;;) {
    Item item;
    {
      std::unique_lock<std::mutex> lock(progress_->mutex);
      progress_->changed.wait(lock, [&] { return ends_ || !items_.empty(); });
      if (items_.empty()) return;
      item = std::move(items_.front());
      items_.pop_front();
    }
    do_one(item);
    item = {};  // what it holds goes before whoever waits goes on
    {
      const std::lock_guard<std::mutex> lock(progress_->mutex);
      ++progress_->done;
    }
    progress_->changed.notify_all();
  }
}

void Worker::do_one(const Item& item) {
  Control& control = Control::get();
  std::string failure;
  bool delays;
  {
    const std::lock_guard<std::mutex> lock(control.mutex);
    delays = control.seed != 0;
    if (!item.name.empty()) {
      ++control.launches;
      if (control.lose_at > 0 && --control.lose_at == 0) control.lost = true;
      if (control.fail_launch > 0 && --control.fail_launch == 0) failure = "it was told to fail";
    }
    if (control.lost) failure = "the device is lost";
  }
  if (delays && random_() % 4 == 0) {
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % 300));
  }
  // Memory is given back, and queues wait for each other, whatever has failed.
  if (failure.empty() || item.name.empty()) {
    try {
      item.work();
      if (failure.empty() || item.name.empty()) return;
    } catch (const std::exception& error) {
      failure = error.what();
    }
  }
  const std::lock_guard<std::mutex> lock(progress_->mutex);
  if (failure_.empty()) failure_ = item.name + ": " + failure;
}

}  // namespace emulated
