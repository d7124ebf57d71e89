#include "core/memory.hpp"

#include <utility>

#include "core/allocator.hpp"
#include "core/divide_up.hpp"

namespace caffe {

Memory::Memory(Device* device, void* address, int64_t bytes, std::shared_ptr<void> owner,
               bool adopted)
    : device_(device),
      address_(address),
      bytes_(bytes),
      owner_(std::move(owner)),
      adopted_(adopted) {}

std::shared_ptr<Memory> Memory::of_host(int64_t bytes) {
  const auto size = static_cast<int64_t>(sizeof(float));
  std::shared_ptr<float> values = allocate_zeros(divide_up(bytes, size));
  float* const address = values.get();
  return std::shared_ptr<Memory>(new Memory(nullptr, address, bytes, std::move(values), false));
}

std::shared_ptr<Memory> Memory::adopted(void* address, int64_t bytes, std::shared_ptr<void> owner) {
  return std::shared_ptr<Memory>(new Memory(nullptr, address, bytes, std::move(owner), true));
}

std::shared_ptr<Memory> Memory::of_device(std::shared_ptr<Queue> queue, int64_t bytes) {
  void* const address = queue->allocate(bytes);
  std::shared_ptr<Memory> memory(new Memory(&queue->device(), address, bytes, nullptr, false));
  // Whoever uses it from another queue waits for the allocation.
  memory->uses_.push_back({queue, queue->command(), queue->command()});
  memory->busy_ = true;
  return memory;
}

// Memory of a device goes when the last queue that uses it is done, and the others are. The host's
// waits: what reads it runs on.
Memory::~Memory() {
  if (device_ == nullptr) {
    for (const Use& use : uses_) use.queue->settle(use.last);
    return;
  }
  const std::shared_ptr<Queue> queue = uses_.front().queue;
  for (const Use& use : uses_) {
    try {
      queue->wait_for(*use.queue, use.last);
    } catch (...) {
      // A device that is lost, or of another process, has nothing to wait for.
    }
  }
  queue->free(address_, bytes_);
}

void Memory::used_by(const std::shared_ptr<Queue>& queue, bool writes) {
  std::vector<Use> gone, others;  // queues may end with their last use: behind the lock
  const std::lock_guard<Mutex> lock(mutex_);
  ++use_count_;
  busy_ = true;
  if (uses_.size() == 1 && uses_[0].queue == queue) {
    uses_[0].last = queue->command();
    if (writes) uses_[0].last_write = uses_[0].last;
    return;
  }
  Use mine{queue, 0, 0};
  for (Use& use : uses_) {
    if (use.queue == queue) {
      mine = use;
      continue;
    }
    const uint64_t before = writes ? use.last : use.last_write;
    if (before > 0) queue->wait_for(*use.queue, before);
    // What the others do is behind this queue's wait from now on, when it waits for all of it.
    (writes || use.queue->known_done(use.last) ? gone : others).push_back(use);
  }
  mine.last = queue->command();
  if (writes) mine.last_write = mine.last;
  others.push_back(std::move(mine));
  uses_.swap(others);
}

void Memory::read_by(const std::shared_ptr<Queue>& queue) {
  used_by(queue, false);
}

void Memory::written_by(const std::shared_ptr<Queue>& queue) {
  used_by(queue, true);
}

// For all of them, whatever fails. A queue of another process uses that one's memory.
void Memory::wait_for_all() {
  std::vector<Use> uses;
  uint64_t count;
  {
    const std::lock_guard<Mutex> lock(mutex_);
    uses = uses_;
    count = use_count_;
  }
  for (const Use& use : uses) use.queue->settle(use.last);
  {
    const std::lock_guard<Mutex> lock(mutex_);
    if (count == use_count_) {
      uses_.clear();
      busy_ = false;
    }
  }
  for (const Use& use : uses) use.queue->check();
}

std::shared_ptr<Queue> Memory::writer() const {
  const std::lock_guard<Mutex> lock(mutex_);
  for (const Use& use : uses_) {
    if (use.last_write > 0) return use.queue;
  }
  return uses_.empty() ? nullptr : uses_.front().queue;
}

}  // namespace caffe
