#include "support/emulated_device/kernels.hpp"

#include <vector>

#include "core/encodings.hpp"
#include "core/threads.hpp"
#include "support/emulated_device/launch.hpp"

using caffe::ChannelMap;
using caffe::ChannelView;
using caffe::Shape;

// What is prepared for shapes: one of the three.
struct caffe_operation {
  caffe::ConvolutionSpec convolution_spec;
  caffe::InnerProductSpec inner_product_spec;
  caffe::PoolingSpec pooling_spec;
  caffe::Encoding weights = caffe::Encoding::kF32;
  std::unique_ptr<caffe::Convolution> convolution;
  std::unique_ptr<caffe::InnerProduct> inner_product;
  std::unique_ptr<caffe::Pooling> pooling;
};

namespace emulated {
namespace {

ChannelView view_of(const caffe_channel_view& view) {
  return {view.outer, view.channels, view.inner};
}

Shape shape_of(const caffe_channel_view& view) {
  return {view.outer, view.channels, view.inner};
}

ChannelMap map_of(Operands& at, const caffe_channel_map& map, const Shape& shape) {
  return {at.maybe(map.centre, shape), at.maybe(map.scale, shape), at.maybe(map.shift, shape)};
}

caffe::LrnSpec lrn_of(const caffe_lrn_spec& spec) {
  return {view_of(spec.view), spec.size, spec.alpha, spec.beta, spec.k};
}

int convolution(caffe_queue*, const caffe_convolution_spec* in, caffe_operation** out,
                caffe_device_error*) {
  auto operation = std::make_unique<caffe_operation>();
  caffe::ConvolutionSpec& spec = operation->convolution_spec;
  const auto space = static_cast<size_t>(in->space);
  const auto list = [&](const int64_t* values) {
    return std::vector<int64_t>(values, values + space);
  };
  const auto shape = [&](int64_t first, int64_t second, const int64_t* values) {
    std::vector<int64_t> dims = {first, second};
    dims.insert(dims.end(), values, values + space);
    return Shape(dims);
  };
  spec.bottom = shape(in->batch, in->bottom_channels, in->bottom);
  spec.top = shape(in->batch, in->top_channels, in->top);
  spec.weights = shape(in->top_channels, in->bottom_channels / in->group, in->kernel);
  spec.kernel = list(in->kernel);
  spec.stride = list(in->stride);
  spec.pad = list(in->pad);
  spec.dilation = list(in->dilation);
  spec.group = in->group;
  spec.bias = in->bias != 0;
  spec.training = in->training != 0;
  spec.transposed = in->transposed != 0;
  spec.addend = in->addend != 0;
  spec.activation = {static_cast<caffe::Activation::Kind>(in->activation), in->slope};
  spec.joint_channels = in->joint_channels;
  spec.first_channel = in->first_channel;
  operation->convolution = reference().convolution(spec);
  *out = operation.release();
  return CAFFE_DEVICE_OK;
}

int convolution_forward(caffe_queue* queue, caffe_operation* operation, const float* x,
                        const float* w, const float* b, const float* addend, const float* slopes,
                        float* y, caffe_device_error*) {
  return launch(queue, "convolution forward", [=](Operands& at) {
    const caffe::ConvolutionSpec& spec = operation->convolution_spec;
    const int64_t outputs = spec.top[1];
    std::vector<int64_t> dims = spec.top.dims();
    if (spec.joint_channels != 0) dims[1] = spec.joint_channels;
    const caffe::FusedOperands fused = {at.maybe(addend, spec.top), at.maybe(slopes, {outputs})};
    operation->convolution->forward(at(x, spec.bottom), at(w, spec.weights), at.maybe(b, {outputs}),
                                    fused, at(y, Shape(dims)));
  });
}

int convolution_backward_data(caffe_queue* queue, caffe_operation* operation, const float* dy,
                              const float* w, float* dx, caffe_device_error*) {
  return launch(queue, "convolution backward data", [=](Operands& at) {
    const caffe::ConvolutionSpec& spec = operation->convolution_spec;
    operation->convolution->backward_data(at(dy, spec.top), at(w, spec.weights),
                                          at(dx, spec.bottom));
  });
}

int convolution_backward_weights(caffe_queue* queue, caffe_operation* operation, const float* x,
                                 const float* dy, float* dw, float* db, caffe_device_error*) {
  return launch(queue, "convolution backward weights", [=](Operands& at) {
    const caffe::ConvolutionSpec& spec = operation->convolution_spec;
    operation->convolution->backward_weights(at(x, spec.bottom), at(dy, spec.top),
                                             at.maybe_changed(dw, spec.weights),
                                             at.maybe_changed(db, {spec.top[1]}));
  });
}

int inner_product(caffe_queue*, const caffe_inner_product_spec* in, caffe_operation** out,
                  caffe_device_error*) {
  auto operation = std::make_unique<caffe_operation>();
  operation->inner_product_spec = {
      in->rows, in->inputs, in->outputs, in->transposed != 0, in->bias != 0, in->training != 0};
  operation->weights = static_cast<caffe::Encoding>(in->weights_encoding);
  operation->inner_product = reference().inner_product(operation->inner_product_spec);
  *out = operation.release();
  return CAFFE_DEVICE_OK;
}

// The extents of an inner product's operands.
struct Extents {
  Shape x, w, b, y;

  explicit Extents(const caffe::InnerProductSpec& spec)
      : x{spec.rows, spec.inputs},
        w{spec.outputs, spec.inputs},
        b{spec.outputs},
        y{spec.rows, spec.outputs} {}
};

int inner_product_forward(caffe_queue* queue, caffe_operation* operation, const float* x,
                          const void* w, const float* b, float* y, caffe_device_error*) {
  return launch(queue, "inner product forward", [=](Operands& at) {
    const Extents extents(operation->inner_product_spec);
    caffe::Blob decoded(extents.w);
    const auto rows = extents.w[0], columns = extents.w[1];
    const void* const weights = DeviceMemory::get().behind(
        w, static_cast<size_t>(caffe::encoded_bytes(operation->weights, rows * columns, rows)));
    caffe::convert(weights, operation->weights, decoded.data().write(), caffe::Encoding::kF32, rows,
                   columns);
    operation->inner_product->forward(at(x, extents.x), decoded.data(), at.maybe(b, extents.b),
                                      at(y, extents.y));
  });
}

int inner_product_backward_data(caffe_queue* queue, caffe_operation* operation, const float* dy,
                                const float* w, float* dx, caffe_device_error*) {
  return launch(queue, "inner product backward data", [=](Operands& at) {
    const Extents extents(operation->inner_product_spec);
    operation->inner_product->backward_data(at(dy, extents.y), at(w, extents.w), at(dx, extents.x));
  });
}

int inner_product_backward_weights(caffe_queue* queue, caffe_operation* operation, const float* x,
                                   const float* dy, float* dw, float* db, caffe_device_error*) {
  return launch(queue, "inner product backward weights", [=](Operands& at) {
    const Extents extents(operation->inner_product_spec);
    operation->inner_product->backward_weights(at(x, extents.x), at(dy, extents.y),
                                               at.maybe_changed(dw, extents.w),
                                               at.maybe_changed(db, extents.b));
  });
}

int pooling(caffe_queue*, const caffe_pooling_spec* in, caffe_operation** out,
            caffe_device_error*) {
  auto operation = std::make_unique<caffe_operation>();
  caffe::PoolingSpec& spec = operation->pooling_spec;
  spec.bottom = {in->images, in->channels, in->bottom_h, in->bottom_w};
  spec.top = {in->images, in->channels, in->top_h, in->top_w};
  spec.method = in->average ? caffe::PoolingMethod::kAverage : caffe::PoolingMethod::kMax;
  spec.kernel_h = in->kernel_h;
  spec.kernel_w = in->kernel_w;
  spec.stride_h = in->stride_h;
  spec.stride_w = in->stride_w;
  spec.pad_h = in->pad_h;
  spec.pad_w = in->pad_w;
  spec.training = in->training != 0;
  operation->pooling = reference().pooling(spec);
  *out = operation.release();
  return CAFFE_DEVICE_OK;
}

int pooling_forward(caffe_queue* queue, caffe_operation* operation, const float* x, float* y,
                    float* mask, caffe_device_error*) {
  return launch(queue, "pooling forward", [=](Operands& at) {
    const caffe::PoolingSpec& spec = operation->pooling_spec;
    operation->pooling->forward(at(x, spec.bottom), at(y, spec.top),
                                at.maybe_changed(mask, spec.top));
  });
}

int pooling_backward(caffe_queue* queue, caffe_operation* operation, const float* dy, float* dx,
                     caffe_device_error*) {
  return launch(queue, "pooling backward", [=](Operands& at) {
    const caffe::PoolingSpec& spec = operation->pooling_spec;
    operation->pooling->backward(at(dy, spec.top), at(dx, spec.bottom));
  });
}

void operation_destroy(caffe_queue* queue, caffe_operation* operation) {
  queue->worker.give("", [operation] { delete operation; });
}

int relu(caffe_queue* queue, const float* x, float negative_slope, float* y, int64_t count,
         caffe_device_error*) {
  return launch(queue, "relu", [=](Operands& at) {
    reference().relu(at(x, {count}), negative_slope, at(y, {count}));
  });
}

int relu_backward(caffe_queue* queue, const float* x, const float* dy, float negative_slope,
                  float* dx, int64_t count, caffe_device_error*) {
  return launch(queue, "relu backward", [=](Operands& at) {
    reference().relu_backward(at(x, {count}), at(dy, {count}), negative_slope, at(dx, {count}));
  });
}

int curve(caffe_queue* queue, int kind, float a, const float* x, float* y, int64_t count,
          caffe_device_error*) {
  return launch(queue, "curve", [=](Operands& at) {
    reference().curve({static_cast<caffe::Curve::Kind>(kind), a}, at(x, {count}), at(y, {count}));
  });
}

int negative_power(caffe_queue* queue, float shift, float scale, float exponent, const float* x,
                   float* y, int64_t count, caffe_device_error*) {
  return launch(queue, "negative power", [=](Operands& at) {
    reference().negative_power(shift, scale, exponent, at(x, {count}), at(y, {count}));
  });
}

int softmax(caffe_queue* queue, const float* x, caffe_channel_view view, float* y,
            caffe_device_error*) {
  return launch(queue, "softmax", [=](Operands& at) {
    const Shape shape = shape_of(view);
    reference().softmax(at(x, shape), view_of(view), at(y, shape));
  });
}

int softmax_backward(caffe_queue* queue, const float* y, const float* dy, caffe_channel_view view,
                     float* dx, caffe_device_error*) {
  return launch(queue, "softmax backward", [=](Operands& at) {
    const Shape shape = shape_of(view);
    reference().softmax_backward(at(y, shape), at(dy, shape), view_of(view), at(dx, shape));
  });
}

int channel_map(caffe_queue* queue, const float* x, caffe_channel_map map, caffe_channel_view view,
                float* y, caffe_device_error*) {
  return launch(queue, "channel map", [=](Operands& at) {
    const Shape shape = shape_of(view);
    reference().channel_map(at(x, shape), map_of(at, map, {view.channels}), view_of(view),
                            at(y, shape));
  });
}

int channel_blend(caffe_queue* queue, const float* x, caffe_channel_map map, const float* z,
                  caffe_channel_map map_z, caffe_channel_view view, float* y, caffe_device_error*) {
  return launch(queue, "channel blend", [=](Operands& at) {
    const Shape shape = shape_of(view);
    reference().channel_blend(at(x, shape), map_of(at, map, {view.channels}), at(z, shape),
                              map_of(at, map_z, {view.channels}), view_of(view), at(y, shape));
  });
}

int prelu(caffe_queue* queue, const float* x, const float* slopes, caffe_channel_view view,
          float* y, caffe_device_error*) {
  return launch(queue, "prelu", [=](Operands& at) {
    const Shape shape = shape_of(view);
    reference().prelu(at(x, shape), at(slopes, {view.channels}), view_of(view), at(y, shape));
  });
}

int prelu_backward(caffe_queue* queue, const float* x, const float* slopes, const float* dy,
                   caffe_channel_view view, float* dx, caffe_device_error*) {
  return launch(queue, "prelu backward", [=](Operands& at) {
    const Shape shape = shape_of(view);
    reference().prelu_backward(at(x, shape), at(slopes, {view.channels}), at(dy, shape),
                               view_of(view), at(dx, shape));
  });
}

int lrn(caffe_queue* queue, const float* x, const caffe_lrn_spec* spec, float* y,
        caffe_device_error*) {
  return launch(queue, "lrn", [=, spec = lrn_of(*spec)](Operands& at) {
    const Shape shape{spec.view.outer, spec.view.channels, spec.view.inner};
    reference().lrn(at(x, shape), spec, at(y, shape));
  });
}

int lrn_backward(caffe_queue* queue, const float* x, const float* dy, const caffe_lrn_spec* spec,
                 float* dx, caffe_device_error*) {
  return launch(queue, "lrn backward", [=, spec = lrn_of(*spec)](Operands& at) {
    const Shape shape{spec.view.outer, spec.view.channels, spec.view.inner};
    reference().lrn_backward(at(x, shape), at(dy, shape), spec, at(dx, shape));
  });
}

int fill(caffe_queue* queue, float value, float* y, int64_t count, caffe_device_error*) {
  return launch(queue, "fill", [=](Operands& at) { reference().fill(value, at(y, {count})); });
}

int axpby(caffe_queue* queue, float a, const float* x, float b, float* y, int64_t count,
          caffe_device_error*) {
  return launch(queue, "axpby",
                [=](Operands& at) { reference().axpby(a, at(x, {count}), b, at(y, {count})); });
}

int scale(caffe_queue* queue, float a, float* y, int64_t count, caffe_device_error*) {
  return launch(queue, "scale", [=](Operands& at) { reference().scale(a, at(y, {count})); });
}

int multiply(caffe_queue* queue, const float* a, const float* b, float* y, int64_t count,
             caffe_device_error*) {
  return launch(queue, "multiply", [=](Operands& at) {
    reference().multiply(at(a, {count}), at(b, {count}), at(y, {count}));
  });
}

int weighted_sum(caffe_queue* queue, const float* const* x, const float* factors, int count_x,
                 float* y, int64_t count, caffe_device_error*) {
  const std::vector<const float*> in(x, x + count_x);
  const std::vector<float> weights(factors, factors + count_x);
  return launch(queue, "weighted sum", [=](Operands& at) {
    std::vector<caffe::ConstTensor> tensors;
    for (const float* each : in) tensors.push_back(at(each, {count}));
    reference().weighted_sum(tensors, weights, at(y, {count}));
  });
}

int update(caffe_queue* queue, const caffe_update* updates, int64_t count, caffe_device_error*) {
  const std::vector<caffe_update> all(updates, updates + count);
  return launch(queue, "update", [=](Operands& at) {
    std::vector<caffe::Update> steps;
    for (const caffe_update& one : all) {
      const Shape shape{one.count};
      caffe::UpdateSpec spec;
      spec.rule = static_cast<caffe::UpdateSpec::Rule>(one.rule);
      spec.gradient_scale = one.gradient_scale;
      spec.decay = one.decay;
      spec.l1 = one.l1 != 0;
      spec.rate = one.rate;
      spec.momentum = one.momentum;
      spec.momentum2 = one.momentum2;
      spec.delta = one.delta;
      caffe::Update step{spec, at(one.data, shape), at(one.diff, shape), {at(one.first, shape)}};
      if (one.second != nullptr) step.histories.push_back(at(one.second, shape));
      steps.push_back(std::move(step));
    }
    reference().update(steps);
  });
}

}  // namespace

const caffe_kernel_table kernel_table = {
    .size = sizeof(caffe_kernel_table),
    .convolution = convolution,
    .convolution_forward = convolution_forward,
    .convolution_backward_data = convolution_backward_data,
    .convolution_backward_weights = convolution_backward_weights,
    .inner_product = inner_product,
    .inner_product_forward = inner_product_forward,
    .inner_product_backward_data = inner_product_backward_data,
    .inner_product_backward_weights = inner_product_backward_weights,
    .pooling = pooling,
    .pooling_forward = pooling_forward,
    .pooling_backward = pooling_backward,
    .operation_destroy = operation_destroy,
    .gemm = nullptr,
    .relu = relu,
    .relu_backward = relu_backward,
    .curve = curve,
    .negative_power = negative_power,
    .softmax = softmax,
    .softmax_backward = softmax_backward,
    .channel_map = channel_map,
    .channel_blend = channel_blend,
    .prelu = prelu,
    .prelu_backward = prelu_backward,
    .lrn = lrn,
    .lrn_backward = lrn_backward,
    .fill = fill,
    .axpby = axpby,
    .scale = scale,
    .multiply = multiply,
    .weighted_sum = weighted_sum,
    .update = update,
};

}  // namespace emulated
