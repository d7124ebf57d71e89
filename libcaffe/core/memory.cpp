#include "core/memory.hpp"

#include <algorithm>
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
  memory->uses_.push_back({queue, queue->issued(), queue->issued()});
  memory->busy_ = true;
  return memory;
}

// Memory of a device goes when the last queue that uses it is done, and the others are. The host's
// waits: what reads it runs on.
Memory::~Memory() {
  try {
    if (device_ == nullptr) {
      if (busy_) wait_for_all();
      return;
    }
    const std::shared_ptr<Queue> queue = uses_.front().queue;
    for (const Use& use : uses_) queue->wait_for(*use.queue, use.last);
    queue->free(address_, bytes_);
  } catch (...) {
    // A device that is lost has nothing to wait for; its memory went with it.
    if (device_ != nullptr) uses_.front().queue->free(address_, bytes_);
  }
}

void Memory::used_by(const std::shared_ptr<Queue>& queue, bool writes) {
  const std::lock_guard<Mutex> lock(mutex_);
  const uint64_t number = queue->issued() + 1;
  Use* mine = nullptr;
  for (Use& use : uses_) {
    if (use.queue == queue) {
      mine = &use;
    } else if (const uint64_t before = writes ? use.last : use.last_write; before > 0) {
      queue->wait_for(*use.queue, before);
    }
  }
  // What the others do is behind this queue's wait from now on.
  if (writes && uses_.size() > 1) {
    std::erase_if(uses_, [&](const Use& use) { return use.queue != queue; });
    mine = uses_.empty() ? nullptr : &uses_.front();
  }
  if (mine == nullptr) mine = &uses_.emplace_back(Use{queue, 0, 0});
  mine->last = number;
  if (writes) mine->last_write = number;
  busy_ = true;
}

void Memory::read_by(const std::shared_ptr<Queue>& queue) {
  used_by(queue, false);
}

void Memory::written_by(const std::shared_ptr<Queue>& queue) {
  used_by(queue, true);
}

void Memory::wait_for_all() {
  std::vector<Use> uses;
  {
    const std::lock_guard<Mutex> lock(mutex_);
    uses.swap(uses_);
    busy_ = false;
  }
  for (const Use& use : uses) use.queue->wait(use.last);
}

std::shared_ptr<Queue> Memory::writer() const {
  const std::lock_guard<Mutex> lock(mutex_);
  const Use* writer = nullptr;
  for (const Use& use : uses_) {
    if (writer == nullptr || use.last_write > writer->last_write) writer = &use;
  }
  return writer == nullptr ? nullptr : writer->queue;
}

}  // namespace caffe
