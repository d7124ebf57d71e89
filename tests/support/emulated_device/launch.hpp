// How the emulated device's kernels run: the host's reference, on tensors that lie in the device's
// real memory, when the queue comes to it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/blob.hpp"
#include "kernels/kernels.hpp"
#include "support/emulated_device/memory.hpp"
#include "support/emulated_device/queue.hpp"

namespace emulated {

// The operands of one launch as the reference wants them. The same pointer is the same storage.
class Operands {
 public:
  caffe::Tensor operator()(const float* address, const caffe::Shape& shape) {
    Operand& operand = operands_[address];
    if (operand.blob == nullptr) {
      operand.values = static_cast<float*>(
          DeviceMemory::get().behind(address, static_cast<size_t>(shape.count()) * sizeof(float)));
      operand.blob = std::make_unique<caffe::Blob>(shape);
      operand.blob->data_storage()->adopt(operand.values, shape.count(), nullptr);
    }
    shapes_.push_back(std::make_unique<caffe::Shape>(shape));
    return caffe::Tensor(*operand.blob->data_storage(), *shapes_.back());
  }
  // Of a pointer that may be null.
  std::optional<caffe::ConstTensor> maybe(const float* address, const caffe::Shape& shape) {
    if (address == nullptr) return std::nullopt;
    return (*this)(address, shape);
  }
  std::optional<caffe::Tensor> maybe_changed(float* address, const caffe::Shape& shape) {
    if (address == nullptr) return std::nullopt;
    return (*this)(address, shape);
  }
  // Zeros that a kernel left unwritten are written.
  ~Operands() {
    for (auto& each : operands_) each.second.blob->data().read();
  }

 private:
  struct Operand {
    float* values = nullptr;
    std::unique_ptr<caffe::Blob> blob;
  };
  std::map<const float*, Operand> operands_;
  std::vector<std::unique_ptr<caffe::Shape>> shapes_;
};

inline caffe::Kernels& reference() {
  static caffe::Kernels& kernels = *new caffe::Kernels;
  return kernels;
}

// body(operands) later.
template <class Body>
int launch(caffe_queue* queue, const char* name, Body body) {
  queue->worker.give(name, [body = std::move(body)]() mutable {
    const caffe::NumThreadsScope one(1);
    Operands operands;
    body(operands);
  });
  return CAFFE_DEVICE_OK;
}

}  // namespace emulated
