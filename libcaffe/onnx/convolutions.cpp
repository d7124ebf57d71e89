// Convolutions in both directions, inner products.
#include "layers/convolution/convolution_geometry.hpp"
#include "onnx/layer_nodes.hpp"

namespace caffe::onnx {

namespace {

// The axes before the channels' as one, as ONNX wants them.
Shape with_one_batch_axis(const Shape& shape, int axis) {
  std::vector<int64_t> dims = {shape.count(0, axis)};
  dims.insert(dims.end(), shape.dims().begin() + axis, shape.dims().end());
  return Shape(dims);
}

// `op` is Conv or ConvTranspose; the weights of both lie as Caffe has them.
Values convolve(LayerNodes& nodes, const char* op, int64_t group) {
  const ConvolutionParameter& wanted = *nodes.param().convolution_param;
  const int axis = nodes.axis(wanted.axis);
  const ConvolutionGeometry geometry =
      read_geometry(wanted, nodes.bottom_shape().axes() - axis - 1);
  if (geometry.kernel.empty()) cannot_say("a convolution without spatial axes");
  std::vector<int64_t> pads = geometry.pad;
  pads.insert(pads.end(), geometry.pad.begin(), geometry.pad.end());
  const Attributes attributes = {{"dilations", geometry.dilation},
                                 {"group", group},
                                 {"kernel_shape", geometry.kernel},
                                 {"pads", pads},
                                 {"strides", geometry.stride}};
  Values tops;
  for (size_t i = 0; i < nodes.top_count(); ++i) {
    const Shape bottom = with_one_batch_axis(nodes.bottom_shape(i), axis);
    Values inputs = {nodes.reshape(nodes.bottom(i), nodes.bottom_shape(i), bottom),
                     nodes.parameter(0, "weight")};
    if (nodes.blob_count() > 1) inputs.push_back(nodes.parameter(1, "bias"));
    tops.push_back(nodes.reshape(nodes.add(op, inputs, attributes),
                                 with_one_batch_axis(nodes.top_shape(i), axis),
                                 nodes.top_shape(i)));
  }
  return tops;
}

int64_t channels(const LayerNodes& nodes) {
  return nodes.bottom_shape()[nodes.axis(nodes.param().convolution_param->axis)];
}

Values convolution(LayerNodes& nodes) {
  return convolve(nodes, "Conv", channels(nodes) / nodes.blob(0).shape()[1]);
}

Values deconvolution(LayerNodes& nodes) {
  return convolve(nodes, "ConvTranspose", nodes.param().convolution_param->group);
}

Values inner_product(LayerNodes& nodes) {
  const InnerProductParameter& wanted = *nodes.param().inner_product_param;
  const Shape& shape = nodes.bottom_shape();
  const int axis = nodes.axis(wanted.axis);
  const Shape rows = {shape.count(0, axis), shape.count(axis)};
  Value x = nodes.bottom();
  if (!(shape == rows)) x = nodes.add("Flatten", {x}, {{"axis", int64_t{axis}}});
  Values inputs = {x, nodes.parameter(0, "weight")};
  if (nodes.blob_count() > 1) inputs.push_back(nodes.parameter(1, "bias"));
  const int64_t transposed = wanted.transpose ? 0 : 1;
  const Value y = nodes.add("Gemm", inputs, {{"transB", transposed}});
  return {nodes.reshape(y, {rows[0], nodes.top_shape().dims().back()}, nodes.top_shape())};
}

const Mapping mappings[] = {
    {"Convolution", convolution},     {"ConvolutionDepthwise", convolution},
    {"Deconvolution", deconvolution}, {"DepthwiseConvolution", convolution},
    {"InnerProduct", inner_product},  {"NdConvolution", convolution},
};

}  // namespace
}  // namespace caffe::onnx
