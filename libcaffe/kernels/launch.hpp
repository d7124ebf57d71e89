// One command, a function of a backend's table: on the device when its table has the function, else
// on the host by the reference's. Operands are asked for where it runs, and used until it ends.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>

#include "core/common_place.hpp"
#include "kernels/kernels.hpp"
#include "kernels/table.h"

namespace caffe {

// The reference's functions, which are done when they return.
const caffe_kernel_table& reference_table();

inline caffe_channel_view view_of(const ChannelView& view) {
  return {view.outer, view.channels, view.inner};
}

// Who calls a backend's functions: in a device's queue, or at once on the host (a null queue), with
// operands that lie there.
class TableCaller {
 public:
  explicit TableCaller(std::shared_ptr<Queue> queue)
      : queue_(std::move(queue)),
        plain_(queue_ == nullptr ? Place::kHost : queue_->device().place()) {}
  TableCaller(const TableCaller&) = delete;
  TableCaller& operator=(const TableCaller&) = delete;

  // Where plain values lie.
  Place plain() const { return plain_; }

  const float* read(ConstTensor x, Place place) const {
    return static_cast<const float*>(x.read(place, queue_));
  }
  const float* read(ConstTensor x) const { return read(x, plain_); }
  const float* read(const std::optional<ConstTensor>& x) const { return x ? read(*x) : nullptr; }
  const void* read(ConstTensor x, Encoding encoding) const {
    return x.read(plain_.in(encoding), queue_);
  }
  float* write(Tensor y, Place place) const { return static_cast<float*>(y.write(place, queue_)); }
  float* write(Tensor y) const { return write(y, plain_); }
  float* write(const std::optional<Tensor>& y) const { return y ? write(*y) : nullptr; }
  float* update(Tensor y, Place place) const {
    return static_cast<float*>(y.update(place, queue_));
  }
  float* update(Tensor y) const { return update(y, plain_); }
  float* update(const std::optional<Tensor>& y) const { return y ? update(*y) : nullptr; }
  float* write_part(Tensor y) const { return static_cast<float*>(y.write_part(plain_, queue_)); }

 protected:
  template <class Function, class... Arguments>
  void call(const Function& function, const Arguments&... arguments) const {
    if (queue_ != nullptr) return queue_->issue(function, arguments...);
    function(nullptr, arguments..., nullptr);
  }
  void end_command() const {
    if (queue_ != nullptr) queue_->end_command();
  }
  const std::shared_ptr<Queue>& queue() const { return queue_; }

 private:
  const std::shared_ptr<Queue> queue_;
  const Place plain_;
};

template <class Function>
class Launch : public TableCaller {
 public:
  Launch(const Kernels& kernels, Function caffe_kernel_table::* function)
      : TableCaller(kernels.table().*function == nullptr ? nullptr : kernels.queue()),
        function_(queue() == nullptr ? reference_table().*function : kernels.table().*function) {}
  ~Launch() { end_command(); }

  using TableCaller::read;
  using TableCaller::write;
  const float* read(const Kernels::Matrix& x) const { return read(x.values) + x.offset; }
  float* write(const Kernels::Part& y) const { return write_part(y.values) + y.offset; }

  // The place where most operands lie already.
  template <class Operands = std::initializer_list<ConstTensor>>
  Place common(const Operands& operands) const {
    return common_place(operands, plain());
  }

  template <class... Arguments>
  void operator()(const Arguments&... arguments) const {
    call(function_, arguments...);
  }

 private:
  const Function function_;
};

}  // namespace caffe
