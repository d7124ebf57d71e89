// The prepared operations of a backend's table: it keeps what it prepares for a shape, and is told
// when nobody needs it any more.
#include <algorithm>
#include <utility>

#include "kernels/launch.hpp"

namespace caffe {

namespace {

// Whether the backend is a device's that has all of these.
template <class... Functions>
bool has(const Kernels& kernels, Functions caffe_kernel_table::*... functions) {
  return kernels.queue() != nullptr && kernels.table().operation_destroy != nullptr &&
         (... && (kernels.table().*functions != nullptr));
}

// What the backend has prepared, or the host's reference unless it has all that the operation
// takes. Its queue is kept, in which its work may still stand.
class Prepared : public TableCaller {
 public:
  template <class Make, class Spec>
  Prepared(const Kernels& kernels, bool has_all, Make caffe_kernel_table::* make, const Spec& spec)
      : TableCaller(has_all ? kernels.queue() : nullptr),
        table_(queue() == nullptr ? reference_table() : kernels.table()),
        name_(queue() == nullptr ? "reference" : kernels.name()) {
    call(table_.*make, spec, &operation_);
  }
  ~Prepared() {
    if (queue() != nullptr) {
      queue()->destroy(table_.operation_destroy, operation_);
    } else {
      table_.operation_destroy(nullptr, operation_, nullptr);
    }
  }

  template <class Function, class... Operands>
  void operator()(Function caffe_kernel_table::* function, const Operands&... operands) const {
    call(table_.*function, operation_, operands...);
    end_command();
  }

  // The gradients of what has weights.
  template <class Function>
  void backward_data(Function caffe_kernel_table::* function, ConstTensor dy, ConstTensor w,
                     Tensor dx) const {
    const float* gradient = read(dy);
    const float* weights = read(w);
    (*this)(function, gradient, weights, write(dx));
  }
  template <class Function>
  void backward_weights(Function caffe_kernel_table::* function, ConstTensor x, ConstTensor dy,
                        const std::optional<Tensor>& dw, const std::optional<Tensor>& db) const {
    const float* in = read(x);
    const float* gradient = read(dy);
    float* weights = update(dw);
    (*this)(function, in, gradient, weights, update(db));
  }

  const std::string& name() const { return name_; }

 private:
  const caffe_kernel_table table_;
  const std::string name_;
  caffe_operation* operation_ = nullptr;
};

caffe_convolution_spec spec_of(const ConvolutionSpec& spec) {
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
  return out;
}

class TableConvolution final : public Convolution {
 public:
  TableConvolution(const Kernels& kernels, const ConvolutionSpec& spec)
      : prepared_(
            kernels,
            has(kernels, &caffe_kernel_table::convolution, &caffe_kernel_table::convolution_forward,
                &caffe_kernel_table::convolution_backward_data,
                &caffe_kernel_table::convolution_backward_weights),
            &caffe_kernel_table::convolution, spec_of(spec)),
        joint_(spec.joint_channels != 0) {}

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b,
               const FusedOperands& fused, Tensor y) override {
    const float* in = prepared_.read(x);
    const float* weights = prepared_.read(w);
    const float* bias = prepared_.read(b);
    const float* addend = prepared_.read(fused.addend);
    const float* slopes = prepared_.read(fused.slopes);
    float* out = joint_ ? prepared_.write_part(y) : prepared_.write(y);
    prepared_(&caffe_kernel_table::convolution_forward, in, weights, bias, addend, slopes, out);
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    prepared_.backward_data(&caffe_kernel_table::convolution_backward_data, dy, w, dx);
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    prepared_.backward_weights(&caffe_kernel_table::convolution_backward_weights, x, dy, dw, db);
  }

  std::string implementation() const override { return prepared_.name(); }

 private:
  const Prepared prepared_;
  const bool joint_;
};

class TableInnerProduct final : public InnerProduct {
 public:
  TableInnerProduct(const Kernels& kernels, const InnerProductSpec& spec)
      : has_all_(has(kernels, &caffe_kernel_table::inner_product,
                     &caffe_kernel_table::inner_product_forward,
                     &caffe_kernel_table::inner_product_backward_data,
                     &caffe_kernel_table::inner_product_backward_weights)),
        encoding_(spec.bf16_weights && !spec.training && has_all_ ? Encoding::kBf16
                                                                  : Encoding::kF32),
        prepared_(
            kernels, has_all_, &caffe_kernel_table::inner_product,
            caffe_inner_product_spec{spec.rows, spec.inputs, spec.outputs, spec.transposed,
                                     spec.bias, spec.training, static_cast<int32_t>(encoding_)}) {}

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b, Tensor y) override {
    const float* in = prepared_.read(x);
    const void* weights = prepared_.read(w, encoding_);
    const float* bias = prepared_.read(b);
    prepared_(&caffe_kernel_table::inner_product_forward, in, weights, bias, prepared_.write(y));
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    prepared_.backward_data(&caffe_kernel_table::inner_product_backward_data, dy, w, dx);
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    prepared_.backward_weights(&caffe_kernel_table::inner_product_backward_weights, x, dy, dw, db);
  }

  std::string implementation() const override {
    return prepared_.name() + (encoding_ == Encoding::kBf16 ? " bf16" : "");
  }

 private:
  const bool has_all_;
  const Encoding encoding_;
  const Prepared prepared_;
};

class TablePooling final : public Pooling {
 public:
  TablePooling(const Kernels& kernels, const PoolingSpec& spec)
      : prepared_(kernels,
                  has(kernels, &caffe_kernel_table::pooling, &caffe_kernel_table::pooling_forward,
                      &caffe_kernel_table::pooling_backward),
                  &caffe_kernel_table::pooling,
                  caffe_pooling_spec{spec.bottom[0], spec.bottom[1], spec.bottom[2], spec.bottom[3],
                                     spec.top[2], spec.top[3], spec.kernel_h, spec.kernel_w,
                                     spec.stride_h, spec.stride_w, spec.pad_h, spec.pad_w,
                                     spec.method == PoolingMethod::kAverage, spec.training}) {}

  void forward(ConstTensor x, Tensor y, std::optional<Tensor> mask) override {
    const float* in = prepared_.read(x);
    float* out = prepared_.write(y);
    prepared_(&caffe_kernel_table::pooling_forward, in, out, prepared_.write(mask));
  }

  void backward(ConstTensor dy, Tensor dx) override {
    const float* gradient = prepared_.read(dy);
    prepared_(&caffe_kernel_table::pooling_backward, gradient, prepared_.write(dx));
  }

  std::string implementation() const override { return prepared_.name(); }

 private:
  const Prepared prepared_;
};

}  // namespace

std::unique_ptr<Convolution> Kernels::convolution(const ConvolutionSpec& spec) {
  return std::make_unique<TableConvolution>(*this, spec);
}

std::unique_ptr<InnerProduct> Kernels::inner_product(const InnerProductSpec& spec) {
  return std::make_unique<TableInnerProduct>(*this, spec);
}

std::unique_ptr<Pooling> Kernels::pooling(const PoolingSpec& spec) {
  return std::make_unique<TablePooling>(*this, spec);
}

void Kernels::im2col(ConstTensor x, const ConvolutionSpec& spec, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::im2col);
  const float* in = launch.read(x);
  launch(in, spec_of(spec), launch.write(y));
}

void Kernels::col2im(ConstTensor dy, const ConvolutionSpec& spec, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::col2im);
  const float* gradient = launch.read(dy);
  launch(gradient, spec_of(spec), launch.write(dx));
}

}  // namespace caffe
