// Functions of each value by itself.
#include <cmath>

#include "onnx/layer_nodes.hpp"

namespace caffe::onnx {

namespace {

// An operator that is the layer.
template <const char* const& kOp>
Values same(LayerNodes& nodes) {
  return {nodes.add(kOp, {nodes.bottom()})};
}

constexpr const char* kAbs = "Abs";
constexpr const char* kSigmoid = "Sigmoid";
constexpr const char* kSoftplus = "Softplus";
constexpr const char* kTanh = "Tanh";

Value rectified(LayerNodes& nodes, float slope) {
  if (slope == 0) return nodes.add("Relu", {nodes.bottom()});
  return nodes.add("LeakyRelu", {nodes.bottom()}, {{"alpha", slope}});
}

Values relu(LayerNodes& nodes) {
  return {rectified(nodes, nodes.param().relu_param->negative_slope)};
}

Values relu6(LayerNodes& nodes) {
  const Value y = rectified(nodes, nodes.param().relu6_param->negative_slope);
  return {nodes.add("Min", {y, nodes.scalar(6)})};
}

// One slope, or one for each channel, which is axis 1.
Values prelu(LayerNodes& nodes) {
  std::vector<int64_t> dims(static_cast<size_t>(nodes.bottom_shape().axes()) - 1, 1);
  dims[0] = nodes.blob(0).count();
  const Value slope = nodes.parameter(0, "slope", Shape(dims));
  return {nodes.add("PRelu", {nodes.bottom(), slope})};
}

Values elu(LayerNodes& nodes) {
  return {nodes.add("Elu", {nodes.bottom()}, {{"alpha", nodes.param().elu_param->alpha}})};
}

Values power(LayerNodes& nodes) {
  const PowerParameter& wanted = *nodes.param().power_param;
  const Value base = nodes.plus(nodes.times(nodes.bottom(), wanted.scale), wanted.shift);
  if (wanted.power == 1) return {base};
  return {nodes.add("Pow", {base, nodes.scalar(wanted.power)})};
}

// base^(shift + scale x) = base^shift * e^(scale * log(base) * x)
Values exp(LayerNodes& nodes) {
  const ExpParameter& wanted = *nodes.param().exp_param;
  const float log_base = wanted.base == -1 ? 1 : std::log(wanted.base);
  const Value power = nodes.times(nodes.bottom(), log_base * wanted.scale);
  return {nodes.times(nodes.add("Exp", {power}), std::exp(log_base * wanted.shift))};
}

Values log(LayerNodes& nodes) {
  const LogParameter& wanted = *nodes.param().log_param;
  const Value x = nodes.plus(nodes.times(nodes.bottom(), wanted.scale), wanted.shift);
  const float factor = wanted.base == -1 ? 1 : 1 / std::log(wanted.base);
  return {nodes.times(nodes.add("Log", {x}), factor)};
}

Values threshold(LayerNodes& nodes) {
  const Value limit = nodes.scalar(nodes.param().threshold_param->threshold);
  return {nodes.to_floats(nodes.add("Greater", {nodes.bottom(), limit}))};
}

// Not Clip, which takes the greater bound where they are the wrong way round.
Values clip(LayerNodes& nodes) {
  const ClipParameter& wanted = *nodes.param().clip_param;
  if (wanted.min <= wanted.max) {
    return {
        nodes.add("Clip", {nodes.bottom(), nodes.scalar(wanted.min), nodes.scalar(wanted.max)})};
  }
  const Value below = nodes.add("Min", {nodes.bottom(), nodes.scalar(wanted.max)});
  return {nodes.add("Max", {below, nodes.scalar(wanted.min)})};
}

Values swish(LayerNodes& nodes) {
  const Value x = nodes.times(nodes.bottom(), nodes.param().swish_param->beta);
  return {nodes.add("Mul", {nodes.bottom(), nodes.add("Sigmoid", {x})})};
}

Values dropout(LayerNodes& nodes) {
  const DropoutParameter& wanted = *nodes.param().dropout_param;
  if (wanted.sample_weights_test) cannot_say("that values are dropped at random in phase TEST");
  return {nodes.times(nodes.bottom(), wanted.scale_train ? 1 : 1 - wanted.dropout_ratio)};
}

const Mapping mappings[] = {
    {"AbsVal", same<kAbs>},
    {"BNLL", same<kSoftplus>},
    {"Clip", clip},
    {"Dropout", dropout},
    {"ELU", elu},
    {"Exp", exp},
    {"Log", log},
    {"PReLU", prelu},
    {"Power", power},
    {"ReLU", relu},
    {"ReLU6", relu6},
    {"Sigmoid", same<kSigmoid>},
    {"Swish", swish},
    {"TanH", same<kTanh>},
    {"Threshold", threshold},
};

}  // namespace
}  // namespace caffe::onnx
