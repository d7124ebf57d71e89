// The table of living handles.
#include "api/handles.hpp"

#include <array>
#include <atomic>
#include <mutex>

#include "core/made_once.hpp"

namespace caffe::api {

namespace {

// Handles count up from here: outside what a process can address, so following one by mistake
// fails at once, and small enough to be exact in a double (MATLAB).
constexpr uintptr_t kFirst =
    sizeof(void*) == 8 ? static_cast<uintptr_t>(UINT64_C(0xcaf000000000)) : 0xcaf00000;

// Several tables, so that threads with different handles seldom meet.
constexpr size_t kShards = 16;

struct Shard {
  Mutex mutex;
  std::unordered_map<uintptr_t, std::shared_ptr<Object>> objects;
};

struct Table {
  std::atomic<uintptr_t> next{kFirst};
  std::array<Shard, kShards> shards;
};

// Never destroyed: calls made while the process exits still find their objects.
Table& table() {
  static MadeOnce<Table> table;
  return table.get([] { return Table(); });
}

Shard& shard_of(uintptr_t handle) {
  return table().shards[handle % kShards];
}

}  // namespace

uintptr_t add_object(std::shared_ptr<Object> object) {
  const uintptr_t handle = table().next++;
  Shard& shard = shard_of(handle);
  std::lock_guard<Mutex> lock(shard.mutex);
  shard.objects.emplace(handle, std::move(object));
  return handle;
}

std::shared_ptr<Object> find_object(const void* handle) noexcept {
  const uintptr_t value = reinterpret_cast<uintptr_t>(handle);
  Shard& shard = shard_of(value);
  std::lock_guard<Mutex> lock(shard.mutex);
  const auto found = shard.objects.find(value);
  return found == shard.objects.end() ? nullptr : found->second;
}

std::shared_ptr<Object> remove_object(uintptr_t handle) noexcept {
  Shard& shard = shard_of(handle);
  // The object's destructor may take handles back itself: it runs after the lock is gone.
  std::shared_ptr<Object> object;
  std::lock_guard<Mutex> lock(shard.mutex);
  const auto found = shard.objects.find(handle);
  if (found != shard.objects.end()) {
    object = std::move(found->second);
    shard.objects.erase(found);
  }
  return object;
}

void fail_handle(const void* handle, const char* argument, const char* kind) {
  require(handle, argument);
  if (const auto other = find_object(handle)) {
    fail_argument(argument, " is the handle of a ", other->kind(), ", not of a ", kind);
  }
  const uintptr_t value = reinterpret_cast<uintptr_t>(handle);
  if (value >= kFirst && value < table().next.load()) {
    fail_argument(argument, " has been destroyed, or what it belonged to has");
  }
  fail_argument(argument, " is not the handle of a ", kind, " (", handle, ")");
}

void Lent::end() noexcept {
  std::unordered_map<const void*, uintptr_t> handles;
  {
    std::lock_guard<Mutex> lock(mutex_);
    ended_ = true;
    handles.swap(handles_);
  }
  for (const auto& [key, handle] : handles) remove_object(handle);
}

}  // namespace caffe::api
