// The vocabulary on a device: chooses the places of operands, and puts the functions of the
// module's table into the net's queue. What the table lacks is the reference's, on the host.
#pragma once

#include <memory>
#include <string>

#include "core/queue.hpp"
#include "kernels/device/kernel_table.h"
#include "kernels/kernels.hpp"

namespace caffe {

class DeviceKernels final : public Kernels {
 public:
  explicit DeviceKernels(Device& device);

  std::string name() const override;
  Device& device() const override { return queue_->device(); }
  void wait() override { queue_->wait(queue_->issued()); }

  std::unique_ptr<Convolution> convolution(const ConvolutionSpec& spec) override;
  std::unique_ptr<InnerProduct> inner_product(const InnerProductSpec& spec) override;
  std::unique_ptr<Pooling> pooling(const PoolingSpec& spec) override;

  void relu(ConstTensor x, float negative_slope, Tensor y) override;
  void relu_backward(ConstTensor x, ConstTensor dy, float negative_slope, Tensor dx) override;
  void curve(const Curve& function, ConstTensor x, Tensor y) override;
  void negative_power(float shift, float scale, float exponent, ConstTensor x, Tensor y) override;
  void softmax(ConstTensor x, const SoftmaxSpec& spec, Tensor y) override;
  void softmax_backward(ConstTensor y, ConstTensor dy, const SoftmaxSpec& spec, Tensor dx) override;

  void channel_map(ConstTensor x, const ChannelMap& map, const ChannelView& view,
                   Tensor y) override;
  void channel_blend(ConstTensor x, const ChannelMap& map, ConstTensor z, const ChannelMap& map_z,
                     const ChannelView& view, Tensor y) override;
  void prelu(ConstTensor x, ConstTensor slopes, const ChannelView& view, Tensor y) override;
  void prelu_backward(ConstTensor x, ConstTensor slopes, ConstTensor dy, const ChannelView& view,
                      Tensor dx) override;

  void lrn(ConstTensor x, const LrnSpec& spec, Tensor y) override;
  void lrn_backward(ConstTensor x, ConstTensor dy, const LrnSpec& spec, Tensor dx) override;

  void fill(float value, Tensor y) override;
  void copy(ConstTensor x, Tensor y) override;
  void axpby(float a, ConstTensor x, float b, Tensor y) override;
  void scale(float a, Tensor y) override;
  void multiply(ConstTensor a, ConstTensor b, Tensor y) override;
  void weighted_sum(const std::vector<ConstTensor>& x, const std::vector<float>& factors,
                    Tensor y) override;

  void update(const std::vector<Update>& updates) override;

 private:
  // The place of plain floats on the device, and the one where most operands lie already.
  Place plain() const { return Place::kHost.on(queue_->device().index()); }
  Place place_of(std::initializer_list<ConstTensor> operands) const;
  const float* read(ConstTensor x, Place place) const;
  const float* read(ConstTensor x) const { return read(x, plain()); }
  float* write(Tensor y, Place place) const;
  float* write(Tensor y) const { return write(y, plain()); }
  float* update(Tensor y, Place place) const;
  float* update(Tensor y) const { return update(y, plain()); }
  caffe_channel_map read(const ChannelMap& map) const;

  const std::shared_ptr<Queue> queue_;
  const caffe_kernel_table table_;
};

}  // namespace caffe
