// How the emulated device calls a function of the reference: when its queue comes to it, with the
// device's real memory in the place of its addresses.
#pragma once

#include <tuple>

#include "core/threads.hpp"
#include "kernels/reference/table.hpp"
#include "support/emulated_device/memory.hpp"
#include "support/emulated_device/queue.hpp"

namespace emulated {

template <class Value>
Value real(Value value) {
  return value;
}
inline caffe_operation* real(caffe_operation* operation) {
  return operation;
}
template <class Value>
Value* real(Value* address) {
  if (address == nullptr) return nullptr;
  return static_cast<Value*>(DeviceMemory::get().behind(address, sizeof(float)));
}
inline const void* real(const void* address) {
  return real(static_cast<const float*>(address));
}
inline caffe_channel_map real(caffe_channel_map map) {
  return {real(map.centre), real(map.scale), real(map.shift)};
}
inline caffe_operands real(caffe_operands operands) {
  for (const float*& each : operands.values) each = real(each);
  return operands;
}
inline caffe_updates real(caffe_updates updates) {
  for (int32_t i = 0; i < updates.count; ++i) {
    caffe_update& each = updates.each[i];
    each.data = real(each.data);
    each.diff = real(each.diff);
    each.first = real(each.first);
    each.second = real(each.second);
  }
  return updates;
}

template <auto Function>
struct Later;

template <class... Arguments, void (*Function)(Arguments...)>
struct Later<Function> {
  static int call(caffe_queue* queue, Arguments... arguments, caffe_device_error*) {
    queue->worker.give("a kernel", [=] {
      const caffe::NumThreadsScope one(1);
      Function(real(arguments)...);
    });
    return CAFFE_DEVICE_OK;
  }
};

}  // namespace emulated
