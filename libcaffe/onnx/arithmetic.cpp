// Layers that combine values: of several bottoms, or along axes.
#include <limits>
#include <numeric>

#include "onnx/layer_nodes.hpp"

namespace caffe::onnx {

namespace {

Value folded(LayerNodes& nodes, const char* op, const Values& terms) {
  Value result = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) result = nodes.add(op, {result, terms[i]});
  return result;
}

Values eltwise(LayerNodes& nodes) {
  const EltwiseParameter& wanted = *nodes.param().eltwise_param;
  if (wanted.coeff_blob) {
    fail(Status::kUnsupported, "with coeff_blob it cannot be exported to ONNX");
  }
  Values terms;
  for (size_t i = 0; i < nodes.bottom_count(); ++i) {
    terms.push_back(wanted.coeff.empty() ? nodes.bottom(i)
                                         : nodes.times(nodes.bottom(i), wanted.coeff[i]));
  }
  if (wanted.operation == EltwiseParameter::PROD) return {folded(nodes, "Mul", terms)};
  if (wanted.operation == EltwiseParameter::MAX) return {nodes.add("Max", terms)};
  return {folded(nodes, "Add", terms)};
}

Values axpy(LayerNodes& nodes) {
  std::vector<int64_t> dims = nodes.bottom_shape(1).dims();
  for (size_t axis = 2; axis < dims.size(); ++axis) dims[axis] = 1;
  const Value a = nodes.reshape(nodes.bottom(0), nodes.bottom_shape(0), Shape(dims));
  return {nodes.add("Add", {nodes.add("Mul", {a, nodes.bottom(1)}), nodes.bottom(2)})};
}

Values softmax(LayerNodes& nodes) {
  const int64_t axis = nodes.axis(nodes.param().softmax_param->axis);
  return {nodes.add("Softmax", {nodes.bottom()}, {{"axis", axis}})};
}

Values reduction(LayerNodes& nodes) {
  const ReductionParameter& wanted = *nodes.param().reduction_param;
  const Shape& shape = nodes.bottom_shape();
  if (shape.axes() == 0) cannot_say("the reduction of a scalar");
  const int first = nodes.axis(wanted.axis);
  std::vector<int64_t> axes(static_cast<size_t>(shape.axes() - first));
  std::iota(axes.begin(), axes.end(), first);
  const int64_t off = 0;
  Value x = nodes.bottom();
  if (wanted.operation == ReductionParameter::MEAN) {
    x = nodes.add("ReduceMean", {x}, {{"axes", axes}, {"keepdims", off}});
  } else {
    if (wanted.operation == ReductionParameter::ASUM) x = nodes.add("Abs", {x});
    if (wanted.operation == ReductionParameter::SUMSQ) x = nodes.add("Mul", {x, x});
    x = nodes.add("ReduceSum", {x, nodes.ints(axes)}, {{"keepdims", off}});
  }
  return {nodes.times(x, wanted.coeff)};
}

struct Greatest {
  Value index, value;
};

// The `count` greatest along an axis of `extent` values; of equals the last ones.
Greatest find_greatest(LayerNodes& nodes, const Value& x, int64_t axis, int64_t extent,
                       int64_t count) {
  const std::vector<int64_t> axes = {axis};
  if (count == 1) {
    const Value index =
        nodes.add("ArgMax", {x}, {{"axis", axis}, {"select_last_index", int64_t{1}}});
    return {nodes.to_floats(index), nodes.add("ReduceMax", {x}, {{"axes", axes}})};
  }
  // TopK takes the first ones of equals: it looks from behind.
  const Value reversed =
      nodes.add("Slice", {x, nodes.ints({-1}), nodes.ints({std::numeric_limits<int64_t>::min()}),
                          nodes.ints(axes), nodes.ints({-1})});
  const Values found = nodes.add("TopK", {reversed, nodes.ints({count})}, {{"axis", axis}}, 2);
  const Value last = nodes.scalar(static_cast<float>(extent - 1));
  return {nodes.add("Sub", {last, nodes.to_floats(found[1])}), found[0]};
}

Values arg_max(LayerNodes& nodes) {
  const ArgMaxParameter& wanted = *nodes.param().argmax_param;
  const Shape& shape = nodes.bottom_shape();
  if (wanted.has_axis()) {
    const int axis = nodes.axis(wanted.axis);
    const Greatest greatest = find_greatest(nodes, nodes.bottom(), axis, shape[axis], wanted.top_k);
    return {wanted.out_max_val ? greatest.value : greatest.index};
  }
  if (shape.axes() == 0) cannot_say("the greatest of a scalar");
  const Shape rows = {shape[0], shape.count(1)};
  const Greatest greatest =
      find_greatest(nodes, nodes.reshape(nodes.bottom(), shape, rows), 1, rows[1], wanted.top_k);
  if (!wanted.out_max_val) {
    return {nodes.reshape(greatest.index, {rows[0], wanted.top_k}, nodes.top_shape())};
  }
  const Value both = nodes.add("Concat", {greatest.index, greatest.value}, {{"axis", int64_t{1}}});
  return {nodes.reshape(both, {rows[0], 2 * int64_t{wanted.top_k}}, nodes.top_shape())};
}

Values parse_output(LayerNodes& nodes) {
  const Value index = nodes.add("ArgMax", {nodes.bottom()}, {{"axis", int64_t{1}}});
  Values tops = {nodes.to_floats(index)};
  if (nodes.top_count() > 1) {
    tops.push_back(nodes.add("ReduceMax", {nodes.bottom()}, {{"axes", std::vector<int64_t>{1}}}));
  }
  return tops;
}

Values embed(LayerNodes& nodes) {
  const Value index = nodes.to_ints(nodes.bottom());
  const Value rows = nodes.add("Gather", {nodes.parameter(0, "weight"), index});
  if (nodes.blob_count() < 2) return {rows};
  return {nodes.add("Add", {rows, nodes.parameter(1, "bias")})};
}

Values batch_reindex(LayerNodes& nodes) {
  return {nodes.add("Gather", {nodes.bottom(0), nodes.to_ints(nodes.bottom(1))})};
}

Values roi_pooling(LayerNodes& nodes) {
  const ROIPoolingParameter& wanted = *nodes.param().roi_pooling_param;
  const Shape& shape = nodes.bottom_shape(1);
  const Value rois = nodes.reshape(nodes.bottom(1), shape, {shape[0], shape.count(1)});
  return {nodes.add("MaxRoiPool", {nodes.bottom(0), rois},
                    {{"pooled_shape", std::vector<int64_t>{wanted.pooled_h, wanted.pooled_w}},
                     {"spatial_scale", wanted.spatial_scale}})};
}

const Mapping mappings[] = {
    {"ArgMax", arg_max},         {"Axpy", axpy},           {"BatchReindex", batch_reindex},
    {"Eltwise", eltwise},        {"Embed", embed},         {"ParseOutput", parse_output},
    {"ROIPooling", roi_pooling}, {"Reduction", reduction}, {"Softmax", softmax},
};

}  // namespace
}  // namespace caffe::onnx
