// Work for the emulated device: a queue, memory, and what kernels write into it.
#pragma once

#include <memory>
#include <vector>

#include "core/memory.hpp"
#include "core/queue.hpp"
#include "kernels/table.h"
#include "support/emulated.hpp"

namespace caffe::test {

inline constexpr int64_t kFloats = 64, kFloatBytes = kFloats * 4;

using QueueHandle = std::shared_ptr<Queue>;
using MemoryHandle = std::shared_ptr<Memory>;

inline MemoryHandle device_memory(const QueueHandle& queue) {
  return Memory::of_device(queue, kFloatBytes);
}

// One command: all of the memory becomes `value`.
inline void fill_on(const QueueHandle& queue, const MemoryHandle& memory, float value) {
  memory->written_by(queue);
  queue->issue(queue->device().table().kernels->fill, value, memory->values(), kFloats);
  queue->end_command();
}

// One command: `to` becomes what `from` is.
inline void copy_on(const QueueHandle& queue, const MemoryHandle& from, const MemoryHandle& to) {
  from->read_by(queue);
  to->written_by(queue);
  queue->issue(queue->device().table().kernels->copy, from->values(), to->values(), kFloats);
  queue->end_command();
}

inline void upload_on(const QueueHandle& queue, const MemoryHandle& host, const MemoryHandle& to) {
  host->read_by(queue);
  to->written_by(queue);
  queue->copy(to->address(), host->address(), kFloatBytes, CAFFE_COPY_TO_DEVICE);
  queue->end_command();
}

inline std::vector<float> fetched(const QueueHandle& queue, const MemoryHandle& from) {
  std::vector<float> values(static_cast<size_t>(kFloats));
  from->read_by(queue);
  queue->copy(values.data(), from->address(), kFloatBytes, CAFFE_COPY_TO_HOST);
  queue->wait(queue->command());
  return values;
}

// All of the memory is `value`.
inline void check_all(const QueueHandle& queue, const MemoryHandle& memory, float value) {
  for (const float each : fetched(queue, memory)) CHECK_EQ(each, value);
}

}  // namespace caffe::test
