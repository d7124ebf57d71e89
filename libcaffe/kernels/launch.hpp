// One command, a function of a backend's table: on the device when its table has the function, else
// on the host by the reference's. Operands are asked for where it runs, and used until it ends.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>

#include "core/common_place.hpp"
#include "kernels/kernels.hpp"
#include "kernels/table.h"

namespace caffe {

// The reference's functions, which are done when they return.
const caffe_kernel_table& reference_table();

inline caffe_channel_view view_of(const ChannelView& view) {
  return {view.outer, view.channels, view.inner};
}

template <class Function>
class Launch {
 public:
  Launch(const Kernels& kernels, Function caffe_kernel_table::* function)
      : queue_(kernels.table().*function == nullptr ? nullptr : kernels.queue()),
        function_(queue_ == nullptr ? reference_table().*function : kernels.table().*function),
        plain_(queue_ == nullptr ? Place::kHost : Place::kHost.on(queue_->device().index())) {}
  ~Launch() {
    if (queue_ != nullptr) queue_->end_command();
  }
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  // Where plain values lie, and the place where most operands lie already.
  Place plain() const { return plain_; }
  template <class Operands = std::initializer_list<ConstTensor>>
  Place common(const Operands& operands) const {
    return common_place(operands, plain_);
  }

  const float* read(ConstTensor x, Place place) const {
    return static_cast<const float*>(x.read(place, queue_));
  }
  const float* read(ConstTensor x) const { return read(x, plain_); }
  const float* read(const std::optional<ConstTensor>& x) const { return x ? read(*x) : nullptr; }
  const float* read(const Kernels::Matrix& x) const { return read(x.values) + x.offset; }
  float* write(Tensor y, Place place) const { return static_cast<float*>(y.write(place, queue_)); }
  float* write(Tensor y) const { return write(y, plain_); }
  float* write(const std::optional<Tensor>& y) const { return y ? write(*y) : nullptr; }
  float* update(Tensor y, Place place) const {
    return static_cast<float*>(y.update(place, queue_));
  }
  float* update(Tensor y) const { return update(y, plain_); }
  float* update(const std::optional<Tensor>& y) const { return y ? update(*y) : nullptr; }
  float* write_part(Tensor y, Place place) const {
    return static_cast<float*>(y.write_part(place, queue_));
  }

  float* write(const Kernels::Part& y) const { return write_part(y.values, plain_) + y.offset; }

  template <class... Arguments>
  void operator()(const Arguments&... arguments) const {
    if (queue_ != nullptr) return queue_->issue(function_, arguments...);
    function_(nullptr, arguments..., nullptr);
  }

 private:
  const std::shared_ptr<Queue> queue_;
  const Function function_;
  const Place plain_;
};

}  // namespace caffe
