// The emulated device: one, `emulated:0`, meaner than a real one. Its memory cannot be touched by
// the host, its work happens later, what is fresh or freed is poison, and it fails on demand.
#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/device_table.h"
#include "core/encodings.hpp"
#include "core/orders.hpp"
#include "core/threads.hpp"
#include "support/emulated_device/control.h"
#include "support/emulated_device/later.hpp"
#include "support/emulated_device/memory.hpp"
#include "support/emulated_device/queue.hpp"

namespace emulated {
namespace {

int failed(caffe_device_error* error, int code, const std::string& text) {
  std::snprintf(error->text, sizeof error->text, "%s", text.c_str());
  return code;
}

bool lost() {
  Control& control = Control::get();
  const std::lock_guard<std::mutex> lock(control.mutex);
  return control.lost;
}

int count(int* count, caffe_device_error*) {
  *count = 1;
  return CAFFE_DEVICE_OK;
}

int describe(int, caffe_device_description* out, caffe_device_error* error) {
  if (lost()) return failed(error, CAFFE_DEVICE_LOST, "the device is lost");
  DeviceMemory& memory = DeviceMemory::get();
  std::snprintf(out->name, sizeof out->name, "an emulated device");
  out->memory = static_cast<int64_t>(memory.size());
  out->unused = static_cast<int64_t>(memory.size() - memory.used());
  std::snprintf(out->details, sizeof out->details, "kernels: the reference's\n");
  return CAFFE_DEVICE_OK;
}

int allocate(int, size_t bytes, caffe_queue* queue, void** out, caffe_device_error* error) {
  Control& control = Control::get();
  {
    const std::lock_guard<std::mutex> lock(control.mutex);
    if (control.lost) return failed(error, CAFFE_DEVICE_LOST, "the device is lost");
    if (control.fail_allocation > 0 && --control.fail_allocation == 0) {
      return failed(error, CAFFE_DEVICE_NO_MEMORY, "it was told to have none");
    }
    ++control.allocations;
  }
  DeviceMemory& memory = DeviceMemory::get();
  *out = memory.allocate(bytes);
  if (*out == nullptr) {
    // What its own queue is about to free is free.
    queue->worker.progress()->wait(queue->worker.given());
    *out = memory.allocate(bytes);
  }
  if (*out != nullptr) return CAFFE_DEVICE_OK;
  return failed(error, CAFFE_DEVICE_NO_MEMORY,
                "it has " + std::to_string(memory.size()) + " bytes in all");
}

void free(int, void* memory, caffe_queue* after) {
  if (after == nullptr) return DeviceMemory::get().free(memory);
  after->worker.give("", [memory] { DeviceMemory::get().free(memory); });
}

int queue_create(int, caffe_queue** out, caffe_device_error* error) {
  if (lost()) return failed(error, CAFFE_DEVICE_LOST, "the device is lost");
  *out = new caffe_queue;
  return CAFFE_DEVICE_OK;
}

void queue_destroy(caffe_queue* queue) {
  delete queue;
}

int copy(caffe_queue* queue, void* to, const void* from, size_t bytes, int direction,
         caffe_device_error*) {
  static const char* const names[] = {"copy to the device", "copy to the host",
                                      "copy on the device"};
  queue->worker.give(names[direction], [=] {
    DeviceMemory& memory = DeviceMemory::get();
    void* const target = direction == CAFFE_COPY_TO_HOST ? to : memory.behind(to, bytes);
    const void* const source =
        direction == CAFFE_COPY_TO_DEVICE ? from : memory.behind(from, bytes);
    std::memcpy(target, source, bytes);
  });
  return CAFFE_DEVICE_OK;
}

int zero(caffe_queue* queue, void* memory, size_t bytes, caffe_device_error*) {
  queue->worker.give("zero",
                     [=] { std::memset(DeviceMemory::get().behind(memory, bytes), 0, bytes); });
  return CAFFE_DEVICE_OK;
}

int transpose(caffe_queue* queue, const float* from, float* to, int64_t images, int64_t rows,
              int64_t columns, caffe_device_error*) {
  queue->worker.give("transpose", [=] {
    const caffe::NumThreadsScope one(1);
    DeviceMemory& memory = DeviceMemory::get();
    const auto bytes = static_cast<size_t>(images * rows * columns) * sizeof(float);
    caffe::transpose_images(static_cast<const float*>(memory.behind(from, bytes)),
                            static_cast<float*>(memory.behind(to, bytes)), images, rows, columns);
  });
  return CAFFE_DEVICE_OK;
}

int convert(caffe_queue* queue, const void* from, int from_encoding, void* to, int to_encoding,
            int64_t rows, int64_t columns, caffe_device_error*) {
  queue->worker.give("convert", [=] {
    const caffe::NumThreadsScope one(1);
    const auto source = static_cast<caffe::Encoding>(from_encoding);
    const auto target = static_cast<caffe::Encoding>(to_encoding);
    const auto bytes = [&](caffe::Encoding encoding) {
      return static_cast<size_t>(caffe::encoded_bytes(encoding, rows * columns, rows));
    };
    DeviceMemory& memory = DeviceMemory::get();
    caffe::convert(memory.behind(from, bytes(source)), source, memory.behind(to, bytes(target)),
                   target, rows, columns);
  });
  return CAFFE_DEVICE_OK;
}

int record(caffe_queue* queue, uint64_t* point, caffe_device_error*) {
  *point = queue->worker.given();
  return CAFFE_DEVICE_OK;
}

int wait(caffe_queue* queue, caffe_queue* other, uint64_t point, caffe_device_error*) {
  queue->worker.give("", [progress = other->worker.progress(), point] { progress->wait(point); });
  return CAFFE_DEVICE_OK;
}

int synchronize(caffe_queue* queue, uint64_t point, caffe_device_error* error) {
  {
    Control& control = Control::get();
    const std::lock_guard<std::mutex> lock(control.mutex);
    ++control.waits;
  }
  const std::string failure = queue->worker.wait(point);
  if (failure.empty()) return CAFFE_DEVICE_OK;
  return failed(error, lost() ? CAFFE_DEVICE_LOST : CAFFE_DEVICE_FAILED, failure);
}

const caffe_kernel_table kernels = caffe::reference::table_of<caffe::reference::Now, Later>();

const caffe_device_table table = {
    .count = count,
    .describe = describe,
    .allocate = allocate,
    .free = free,
    .queue_create = queue_create,
    .queue_destroy = queue_destroy,
    .copy = copy,
    .zero = zero,
    .transpose = transpose,
    .convert = convert,
    .record = record,
    .wait = wait,
    .synchronize = synchronize,
    .kernels = &kernels,
};

// Changes one member under its lock.
template <auto Member, class Value>
void set(Value value) {
  Control& control = Control::get();
  const std::lock_guard<std::mutex> lock(control.mutex);
  control.*Member = value;
}

void figures(caffe_emulated_figures* out) {
  Control& control = Control::get();
  const std::lock_guard<std::mutex> lock(control.mutex);
  *out = {control.queues, control.launches, control.allocations, control.waits,
          static_cast<int64_t>(DeviceMemory::get().used())};
}

const caffe_emulated_control controls = {
    .seed = set<&Control::seed, uint64_t>,
    .fail_allocation = set<&Control::fail_allocation, int64_t>,
    .fail_launch = set<&Control::fail_launch, int64_t>,
    .lose = set<&Control::lose_at, int64_t>,
    .recover = [] { set<&Control::lost>(false); },
    .set_memory = [](int64_t bytes) { DeviceMemory::get().set_size(static_cast<size_t>(bytes)); },
    .figures = figures,
};

// A child may use the device anew, while what it has inherited is another process's.
void renew() {
  Control::renew();
  DeviceMemory::renew();
}

}  // namespace
}  // namespace emulated

extern "C" {

__attribute__((visibility("default"))) const void* caffe_module_table(int version) {
  pthread_atfork(nullptr, nullptr, emulated::renew);
  if (const char* seed = std::getenv("CAFFE_EMULATED_SEED"); seed != nullptr) {
    emulated::Control::get().seed = std::strtoull(seed, nullptr, 10);
  }
  return version == CAFFE_DEVICE_TABLE_VERSION ? &emulated::table : nullptr;
}

__attribute__((visibility("default"))) const caffe_emulated_control* caffe_emulated_control_table(
    void) {
  return &emulated::controls;
}
}
