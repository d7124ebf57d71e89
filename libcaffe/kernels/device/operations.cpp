// The prepared operations: the module keeps what it prepares for a shape, and is told when nobody
// needs it any more.
#include <algorithm>

#include "kernels/device/device_kernels.hpp"

namespace caffe {

namespace {

// What the module has prepared.
class Prepared {
 public:
  Prepared(std::shared_ptr<Queue> queue, const caffe_kernel_table& table)
      : queue_(std::move(queue)),
        table_(table),
        plain_(Place::kHost.on(queue_->device().index())) {}
  ~Prepared() {
    if (operation_ != nullptr) queue_->destroy(table_.operation_destroy, operation_);
  }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  template <class Make, class Spec>
  void make(const Make& function, const Spec& spec) {
    queue_->issue(function, &spec, &operation_);
  }
  template <class Function, class... Operands>
  void run(const Function& function, const Operands&... operands) const {
    queue_->issue(function, operation_, operands...);
  }

  const float* read(ConstTensor x) const {
    return static_cast<const float*>(x.read(plain_, queue_));
  }
  const float* read(const std::optional<ConstTensor>& x) const { return x ? read(*x) : nullptr; }
  const void* read(ConstTensor x, Encoding encoding) const {
    return x.read(plain_.in(encoding), queue_);
  }
  float* write(Tensor y) const { return static_cast<float*>(y.write(plain_, queue_)); }
  float* write_part(Tensor y) const { return static_cast<float*>(y.write_part(plain_, queue_)); }
  float* update(const std::optional<Tensor>& y) const {
    return y ? static_cast<float*>(y->update(plain_, queue_)) : nullptr;
  }
  const caffe_kernel_table& table() const { return table_; }
  std::string name() const { return queue_->device().name(); }

 private:
  const std::shared_ptr<Queue> queue_;
  const caffe_kernel_table table_;
  const Place plain_;
  caffe_operation* operation_ = nullptr;
};

class DeviceConvolution final : public Convolution {
 public:
  DeviceConvolution(std::shared_ptr<Queue> queue, const caffe_kernel_table& table,
                    const ConvolutionSpec& spec)
      : prepared_(std::move(queue), table), joint_(spec.joint_channels != 0) {
    caffe_convolution_spec out = {};
    const size_t space = spec.kernel.size();
    out.space = static_cast<int32_t>(space);
    out.bias = spec.bias;
    out.training = spec.training;
    out.transposed = spec.transposed;
    out.method = static_cast<int32_t>(spec.method);
    out.addend = spec.addend;
    out.activation = spec.activation.kind;
    out.slope = spec.activation.slope;
    out.batch = spec.bottom[0];
    out.bottom_channels = spec.bottom[1];
    out.top_channels = spec.top[1];
    out.group = spec.group;
    for (size_t i = 0; i < space; ++i) {
      out.bottom[i] = spec.bottom[static_cast<int>(i) + 2];
      out.top[i] = spec.top[static_cast<int>(i) + 2];
      out.kernel[i] = spec.kernel[i];
      out.stride[i] = spec.stride[i];
      out.pad[i] = spec.pad[i];
      out.dilation[i] = spec.dilation[i];
    }
    out.joint_channels = spec.joint_channels;
    out.first_channel = spec.first_channel;
    prepared_.make(table.convolution, out);
  }

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b,
               const FusedOperands& fused, Tensor y) override {
    const float* in = prepared_.read(x);
    const float* weights = prepared_.read(w);
    const float* bias = prepared_.read(b);
    const float* addend = prepared_.read(fused.addend);
    const float* slopes = prepared_.read(fused.slopes);
    float* out = joint_ ? prepared_.write_part(y) : prepared_.write(y);
    prepared_.run(prepared_.table().convolution_forward, in, weights, bias, addend, slopes, out);
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    const float* gradient = prepared_.read(dy);
    const float* weights = prepared_.read(w);
    prepared_.run(prepared_.table().convolution_backward_data, gradient, weights,
                  prepared_.write(dx));
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    const float* in = prepared_.read(x);
    const float* gradient = prepared_.read(dy);
    float* weights = prepared_.update(dw);
    float* bias = prepared_.update(db);
    prepared_.run(prepared_.table().convolution_backward_weights, in, gradient, weights, bias);
  }

  std::string implementation() const override { return prepared_.name(); }

 private:
  Prepared prepared_;
  const bool joint_;
};

class DeviceInnerProduct final : public InnerProduct {
 public:
  DeviceInnerProduct(std::shared_ptr<Queue> queue, const caffe_kernel_table& table,
                     const InnerProductSpec& spec)
      : prepared_(std::move(queue), table),
        encoding_(spec.bf16_weights && !spec.training ? Encoding::kBf16 : Encoding::kF32) {
    const caffe_inner_product_spec out = {spec.rows,
                                          spec.inputs,
                                          spec.outputs,
                                          spec.transposed,
                                          spec.bias,
                                          spec.training,
                                          static_cast<int32_t>(encoding_)};
    prepared_.make(table.inner_product, out);
  }

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b, Tensor y) override {
    const float* in = prepared_.read(x);
    const void* weights = prepared_.read(w, encoding_);
    const float* bias = prepared_.read(b);
    prepared_.run(prepared_.table().inner_product_forward, in, weights, bias, prepared_.write(y));
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    const float* gradient = prepared_.read(dy);
    const float* weights = prepared_.read(w);
    prepared_.run(prepared_.table().inner_product_backward_data, gradient, weights,
                  prepared_.write(dx));
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    const float* in = prepared_.read(x);
    const float* gradient = prepared_.read(dy);
    float* weights = prepared_.update(dw);
    float* bias = prepared_.update(db);
    prepared_.run(prepared_.table().inner_product_backward_weights, in, gradient, weights, bias);
  }

  std::string implementation() const override {
    return prepared_.name() + (encoding_ == Encoding::kBf16 ? " bf16" : "");
  }

 private:
  Prepared prepared_;
  const Encoding encoding_;
};

class DevicePooling final : public Pooling {
 public:
  DevicePooling(std::shared_ptr<Queue> queue, const caffe_kernel_table& table,
                const PoolingSpec& spec)
      : prepared_(std::move(queue), table) {
    const caffe_pooling_spec out = {spec.bottom[0],
                                    spec.bottom[1],
                                    spec.bottom[2],
                                    spec.bottom[3],
                                    spec.top[2],
                                    spec.top[3],
                                    spec.kernel_h,
                                    spec.kernel_w,
                                    spec.stride_h,
                                    spec.stride_w,
                                    spec.pad_h,
                                    spec.pad_w,
                                    spec.method == PoolingMethod::kAverage,
                                    spec.training};
    prepared_.make(table.pooling, out);
  }

  void forward(ConstTensor x, Tensor y, std::optional<Tensor> mask) override {
    const float* in = prepared_.read(x);
    float* out = prepared_.write(y);
    float* places = mask ? prepared_.write(*mask) : nullptr;
    prepared_.run(prepared_.table().pooling_forward, in, out, places);
  }

  void backward(ConstTensor dy, Tensor dx) override {
    const float* gradient = prepared_.read(dy);
    prepared_.run(prepared_.table().pooling_backward, gradient, prepared_.write(dx));
  }

  std::string implementation() const override { return prepared_.name(); }

 private:
  Prepared prepared_;
};

}  // namespace

std::unique_ptr<Convolution> DeviceKernels::convolution(const ConvolutionSpec& spec) {
  const bool fits = spec.kernel.size() <= CAFFE_KERNEL_MAX_SPACE;
  if (table_.convolution == nullptr || !fits) return Kernels::convolution(spec);
  return std::make_unique<DeviceConvolution>(queue_, table_, spec);
}

std::unique_ptr<InnerProduct> DeviceKernels::inner_product(const InnerProductSpec& spec) {
  if (table_.inner_product == nullptr) return Kernels::inner_product(spec);
  return std::make_unique<DeviceInnerProduct>(queue_, table_, spec);
}

std::unique_ptr<Pooling> DeviceKernels::pooling(const PoolingSpec& spec) {
  if (table_.pooling == nullptr) return Kernels::pooling(spec);
  return std::make_unique<DevicePooling>(queue_, table_, spec);
}

}  // namespace caffe
