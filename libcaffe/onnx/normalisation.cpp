// Layers that shift and scale by statistics, stored ones or those of the blob at hand.
#include <numeric>

#include "layers/normalisation/batch_norm_words.hpp"
#include "onnx/layer_nodes.hpp"

namespace caffe::onnx {

namespace {

// The axes of `shape` from `first` on.
std::vector<int64_t> axes_from(int first, const Shape& shape) {
  std::vector<int64_t> axes(static_cast<size_t>(shape.axes() - first));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

Value mean_of(LayerNodes& nodes, const Value& x, const std::vector<int64_t>& axes) {
  return nodes.add("ReduceMean", {x}, {{"axes", axes}, {"keepdims", int64_t{1}}});
}

Values lrn(LayerNodes& nodes) {
  const LRNParameter& wanted = *nodes.param().lrn_param;
  const int64_t size = wanted.local_size;
  const Value& x = nodes.bottom();
  if (wanted.norm_region == LRNParameter::ACROSS_CHANNELS) {
    return {nodes.add(
        "LRN", {x},
        {{"alpha", wanted.alpha}, {"beta", wanted.beta}, {"bias", wanted.k}, {"size", size}})};
  }
  const int64_t around = size / 2;
  const Value means = nodes.add("AveragePool", {nodes.add("Mul", {x, x})},
                                {{"count_include_pad", int64_t{1}},
                                 {"kernel_shape", std::vector<int64_t>{size, size}},
                                 {"pads", std::vector<int64_t>(4, around)}});
  const Value sums = nodes.add("Add", {nodes.times(means, wanted.alpha), nodes.scalar(1)});
  return {nodes.add("Div", {x, nodes.add("Pow", {sums, nodes.scalar(wanted.beta)})})};
}

// (x - mean) / sqrt(variance + eps), of the blob at hand along these axes; or / (sqrt(variance) +
// eps).
Value standardised(LayerNodes& nodes, const Value& x, const std::vector<int64_t>& axes, float eps,
                   bool eps_behind_root) {
  const Value centred = nodes.add("Sub", {x, mean_of(nodes, x, axes)});
  const Value variance = mean_of(nodes, nodes.add("Mul", {centred, centred}), axes);
  const Value deviation = eps_behind_root ? nodes.plus(nodes.add("Sqrt", {variance}), eps)
                                          : nodes.add("Sqrt", {nodes.plus(variance, eps)});
  return nodes.add("Div", {centred, deviation});
}

// A stored sum divided by how many it is of.
std::vector<float> divided(const Blob& sum, const Blob& number) {
  const float count = *number.data().read();
  const double factor = count == 0 ? 0 : 1.0 / count;
  const float* values = sum.data().read();
  std::vector<float> quotients;
  for (int64_t i = 0; i < sum.count(); ++i) {
    quotients.push_back(static_cast<float>(factor * values[i]));
  }
  return quotients;
}

// A parameter of one value a channel, or as many of `value` when there is none.
std::vector<float> channel_values(const LayerNodes& nodes, size_t i, size_t count, float value) {
  if (i >= nodes.blob_count()) return std::vector<float>(count, value);
  const float* values = nodes.blob(i).data().read();
  return {values, values + count};
}

Values batch_norm(LayerNodes& nodes) {
  const BatchNormParameter& wanted = *nodes.param().batch_norm_param;
  const auto eps = static_cast<float>(BatchNormWords(wanted).eps);
  const Shape& shape = nodes.bottom_shape();
  // A blob of one axis is of one channel.
  const Shape seen = shape.axes() == 1 ? Shape{shape[0], 1} : shape;
  const Value x = nodes.reshape(nodes.bottom(), shape, seen);
  const auto count = static_cast<size_t>(seen[1]);
  const std::vector<float> scale = channel_values(nodes, 3, count, 1);
  const std::vector<float> bias = channel_values(nodes, 4, count, 0);
  Value y;
  if (wanted.has_use_global_stats() && !wanted.use_global_stats) {
    std::vector<int64_t> axes = axes_from(1, seen);
    axes[0] = 0;
    y = standardised(nodes, x, axes, eps, false);
    std::vector<int64_t> each(static_cast<size_t>(seen.axes()) - 1, 1);
    each[0] = seen[1];
    if (nodes.blob_count() > 3) y = nodes.add("Mul", {y, nodes.floats(scale, Shape(each))});
    if (nodes.blob_count() > 4) y = nodes.add("Add", {y, nodes.floats(bias, Shape(each))});
  } else {
    const Shape channels = {seen[1]};
    y = nodes.add("BatchNormalization",
                  {x, nodes.floats(scale, channels), nodes.floats(bias, channels),
                   nodes.floats(divided(nodes.blob(0), nodes.blob(2)), channels),
                   nodes.floats(divided(nodes.blob(1), nodes.blob(2)), channels)},
                  {{"epsilon", eps}});
  }
  return {nodes.reshape(y, seen, shape)};
}

// Of a shape with which `covered` is broadcast along the axes of `shape` from `axis` on.
Shape broadcast(const Shape& covered, const Shape& shape, int axis) {
  std::vector<int64_t> dims = covered.dims();
  if (covered.axes() == 0) return covered;
  dims.resize(static_cast<size_t>(shape.axes() - axis), 1);
  return Shape(dims);
}

// The coefficients of a Scale or a Bias: the second bottom, or the first parameter.
Value coefficients(LayerNodes& nodes, int axis, const char* name) {
  const bool bottom = nodes.bottom_count() > 1;
  const Shape& covered = bottom ? nodes.bottom_shape(1) : nodes.blob(0).shape();
  const Shape shape =
      broadcast(covered, nodes.bottom_shape(), covered.axes() == 0 ? 0 : nodes.axis(axis));
  return bottom ? nodes.reshape(nodes.bottom(1), covered, shape) : nodes.parameter(0, name, shape);
}

Values scale(LayerNodes& nodes) {
  const ScaleParameter& wanted = *nodes.param().scale_param;
  Value y = nodes.add("Mul", {nodes.bottom(), coefficients(nodes, wanted.axis, "scale")});
  if (wanted.bias_term) {
    const size_t last = nodes.blob_count() - 1;
    const Shape& covered = nodes.blob(last).shape();
    const int axis = covered.axes() == 0 ? 0 : nodes.axis(wanted.axis);
    const Shape shape = broadcast(covered, nodes.bottom_shape(), axis);
    y = nodes.add("Add", {y, nodes.parameter(last, "bias", shape)});
  }
  return {y};
}

Values bias(LayerNodes& nodes) {
  const Value summand = coefficients(nodes, nodes.param().bias_param->axis, "bias");
  return {nodes.add("Add", {nodes.bottom(), summand})};
}

// A blob that holds a value for each channel, whatever its shape.
Value of_channels(LayerNodes& nodes, size_t blob, const char* name, bool broadcast) {
  const int64_t count = nodes.blob(blob).count();
  const Shape channels = {count};
  const Shape shape = caffe::onnx::broadcast(channels, nodes.bottom_shape(), 1);
  return nodes.parameter(blob, name, broadcast && count > 1 ? shape : channels);
}

// PSPNet's BN, which keeps statistics as parameters, and SegNet's with statistics folded into scale
// and shift.
Values bn(LayerNodes& nodes) {
  const BNParameter& wanted = *nodes.param().bn_param;
  if (nodes.blob_count() == 4) {
    Values inputs = {nodes.bottom()};
    const char* names[] = {"slope", "bias", "mean", "variance"};
    for (size_t i = 0; i < 4; ++i) inputs.push_back(of_channels(nodes, i, names[i], false));
    return {nodes.add("BatchNormalization", inputs, {{"epsilon", wanted.eps}})};
  }
  if (!wanted.has_bn_mode() || wanted.bn_mode != BNParameter::INFERENCE) {
    fail(Status::kUnsupported,
         "a BN can be exported when it keeps its statistics as parameters, or has bn_mode: "
         "INFERENCE; this one has neither");
  }
  const Value y = nodes.add("Mul", {nodes.bottom(), of_channels(nodes, 0, "scale", true)});
  return {nodes.add("Add", {y, of_channels(nodes, 1, "shift", true)})};
}

Values mvn(LayerNodes& nodes) {
  const MVNParameter& wanted = *nodes.param().mvn_param;
  const Shape& shape = nodes.top_shape();
  const Value x = nodes.reshape(nodes.bottom(), nodes.bottom_shape(), shape);
  const std::vector<int64_t> axes = axes_from(wanted.across_channels ? 1 : 2, shape);
  if (wanted.normalize_variance) return {standardised(nodes, x, axes, wanted.eps, true)};
  return {nodes.add("Sub", {x, mean_of(nodes, x, axes)})};
}

Values normalize(LayerNodes& nodes) {
  const NormalizeParameter& wanted = *nodes.param().norm_param;
  const std::vector<int64_t> axes =
      wanted.across_spatial ? axes_from(1, nodes.bottom_shape()) : std::vector<int64_t>{1};
  const Value squares =
      nodes.add("ReduceSumSquare", {nodes.bottom()}, {{"axes", axes}, {"keepdims", int64_t{1}}});
  const Value norm = nodes.add("Sqrt", {nodes.plus(squares, wanted.eps)});
  const Value y = nodes.add("Div", {nodes.bottom(), norm});
  return {nodes.add("Mul", {y, of_channels(nodes, 0, "scale", true)})};
}

const Mapping mappings[] = {
    {"BN", bn},   {"BatchNorm", batch_norm}, {"Bias", bias},   {"LRN", lrn},
    {"MVN", mvn}, {"Normalize", normalize},  {"Scale", scale},
};

}  // namespace
}  // namespace caffe::onnx
