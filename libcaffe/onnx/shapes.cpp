// Layers that move values and leave them as they are.
#include <algorithm>

#include "onnx/layer_nodes.hpp"

namespace caffe::onnx {

namespace {

Values reshape(LayerNodes& nodes) {
  return {nodes.reshape(nodes.bottom(), nodes.bottom_shape(), nodes.top_shape())};
}

// It only keeps its bottoms from being outputs.
Values silence(LayerNodes& /*nodes*/) {
  return {};
}

Value join(LayerNodes& nodes, const Values& parts, int64_t axis) {
  return parts.size() == 1 ? parts[0] : nodes.add("Concat", parts, {{"axis", axis}});
}

Values concat(LayerNodes& nodes) {
  const ConcatParameter& wanted = *nodes.param().concat_param;
  Values parts;
  for (size_t i = 0; i < nodes.bottom_count(); ++i) parts.push_back(nodes.bottom(i));
  return {join(
      nodes, parts,
      nodes.axis(wanted.has_concat_dim() ? static_cast<int>(wanted.concat_dim) : wanted.axis))};
}

Values slice(LayerNodes& nodes) {
  const SliceParameter& wanted = *nodes.param().slice_param;
  if (nodes.top_count() == 1) return {nodes.bottom()};
  const int64_t axis =
      nodes.axis(wanted.has_slice_dim() ? static_cast<int>(wanted.slice_dim) : wanted.axis);
  std::vector<int64_t> extents;
  for (size_t i = 0; i < nodes.top_count(); ++i) {
    extents.push_back(nodes.top_shape(i)[static_cast<int>(axis)]);
  }
  return nodes.add("Split", {nodes.bottom(), nodes.ints(extents)}, {{"axis", axis}},
                   nodes.top_count());
}

// The places from `offset` on of an axis that stays longer, `extents` of them.
Value cut(LayerNodes& nodes, const Value& x, const std::vector<int64_t>& axes,
          const std::vector<int64_t>& offsets, const std::vector<int64_t>& extents) {
  std::vector<int64_t> ends = offsets;
  for (size_t i = 0; i < ends.size(); ++i) ends[i] += extents[i];
  return nodes.add("Slice", {x, nodes.ints(offsets), nodes.ints(ends), nodes.ints(axes)});
}

Values crop(LayerNodes& nodes) {
  const Shape& shape = nodes.bottom_shape();
  const auto& given = nodes.param().crop_param->offset;
  const int first = nodes.axis(nodes.param().crop_param->axis);
  std::vector<int64_t> axes, offsets, extents;
  for (int axis = first; axis < shape.axes(); ++axis) {
    const auto at = static_cast<size_t>(axis - first);
    const int64_t offset = given.empty() ? 0 : given[given.size() == 1 ? 0 : at];
    const int64_t extent = nodes.top_shape()[axis];
    if (offset == 0 && extent == shape[axis]) continue;
    axes.push_back(axis);
    offsets.push_back(offset);
    extents.push_back(extent);
  }
  if (axes.empty()) return {nodes.bottom()};
  return {cut(nodes, nodes.bottom(), axes, offsets, extents)};
}

Values crop_center(LayerNodes& nodes) {
  const Shape &from = nodes.bottom_shape(), &to = nodes.top_shape();
  std::vector<int64_t> axes, offsets, extents;
  for (int axis = 0; axis < from.axes(); ++axis) {
    if (from[axis] == to[axis]) continue;
    axes.push_back(axis);
    offsets.push_back((from[axis] - to[axis]) / 2);
    extents.push_back(to[axis]);
  }
  if (axes.empty()) return {nodes.bottom()};
  return {cut(nodes, nodes.bottom(), axes, offsets, extents)};
}

Values tile(LayerNodes& nodes) {
  std::vector<int64_t> repeats(static_cast<size_t>(nodes.bottom_shape().axes()), 1);
  const TileParameter& wanted = *nodes.param().tile_param;
  repeats[static_cast<size_t>(nodes.axis(wanted.axis))] = wanted.tiles;
  return {nodes.add("Tile", {nodes.bottom(), nodes.ints(repeats)})};
}

Value transpose(LayerNodes& nodes, const Value& x, const std::vector<int64_t>& order) {
  return nodes.add("Transpose", {x}, {{"perm", order}});
}

Values permute(LayerNodes& nodes) {
  const auto& given = nodes.param().permute_param->order;
  std::vector<int64_t> order(given.begin(), given.end());
  for (int64_t axis = 0; axis < nodes.bottom_shape().axes(); ++axis) {
    if (std::find(order.begin(), order.end(), axis) == order.end()) order.push_back(axis);
  }
  return {transpose(nodes, nodes.bottom(), order)};
}

Values shuffle_channel(LayerNodes& nodes) {
  const Shape& shape = nodes.bottom_shape();
  const int64_t group = nodes.param().shuffle_channel_param->group;
  const Shape grouped = {shape[0], group, shape[1] / group, shape.count(2)};
  const Value x = nodes.reshape(nodes.bottom(), shape, grouped);
  const Shape shuffled = {shape[0], grouped[2], group, grouped[3]};
  return {nodes.reshape(transpose(nodes, x, {0, 2, 1, 3}), shuffled, shape)};
}

// What reorg.cpp says in axes: the top, seen as the bottom's C channels in stride^2 parts of
// C / stride^2, has for the part (i, j) of a channel what the bottom, seen as C / stride^2 channels
// of H stride x W stride, has at (h stride + i, w stride + j).
Values reorg(LayerNodes& nodes) {
  const Shape& shape = nodes.bottom_shape();
  const int64_t s = nodes.param().reorg_param->stride, fewer = shape[1] / (s * s);
  const Shape large = {shape[0], fewer, shape[2], s, shape[3], s};
  const Shape small = {shape[0], s, s, fewer, shape[2], shape[3]};
  const bool reverse = nodes.param().reorg_param->reverse;
  const Value x = nodes.reshape(nodes.bottom(), shape, reverse ? small : large);
  return {reverse
              ? nodes.reshape(transpose(nodes, x, {0, 3, 4, 1, 5, 2}), large, nodes.top_shape())
              : nodes.reshape(transpose(nodes, x, {0, 3, 5, 1, 2, 4}), small, nodes.top_shape())};
}

Values padding(LayerNodes& nodes) {
  const int64_t begin = nodes.param().padding_param->pad_beg;
  const int64_t end = nodes.param().padding_param->pad_end;
  if (begin >= 0 && end >= 0) {
    return {nodes.add("Pad", {nodes.bottom(), nodes.ints({0, 0, begin, begin, 0, 0, end, end})})};
  }
  const Shape& shape = nodes.top_shape();
  return {cut(nodes, nodes.bottom(), {2, 3}, {-begin, -begin}, {shape[2], shape[3]})};
}

// Bilinear, the corners staying where they are.
Values interp(LayerNodes& nodes) {
  const InterpParameter& wanted = *nodes.param().interp_param;
  const Shape& from = nodes.bottom_shape();
  const Shape& to = nodes.top_shape();
  const int64_t begin = -int64_t{wanted.pad_beg}, off = begin - wanted.pad_end;
  Value x = nodes.bottom();
  if (off > 0) x = cut(nodes, x, {2, 3}, {begin, begin}, {from[2] - off, from[3] - off});
  return {nodes.add("Resize", {x, "", "", nodes.ints(to.dims())},
                    {{"coordinate_transformation_mode", "align_corners"}, {"mode", "linear"}})};
}

// Values at the places of larger planes that the second bottom names.
Value scatter(LayerNodes& nodes) {
  const Shape &from = nodes.bottom_shape(), &to = nodes.top_shape();
  const Shape values = {from[0], from[1], from.count(2)}, places = {to[0], to[1], to.count(2)};
  const Value zeros = nodes.add("ConstantOfShape", {nodes.ints(places.dims())});
  const Value index = nodes.reshape(nodes.to_ints(nodes.bottom(1)), from, values);
  const Value x = nodes.reshape(nodes.bottom(), from, values);
  const Value y = nodes.add("ScatterElements", {zeros, index, x}, {{"axis", int64_t{2}}});
  return nodes.reshape(y, places, to);
}

// With one bottom each value becomes a square.
Values upsample(LayerNodes& nodes) {
  if (nodes.bottom_count() > 1) return {scatter(nodes)};
  const auto scale = static_cast<float>(nodes.top_shape()[2] / nodes.bottom_shape()[2]);
  return {nodes.add("Resize", {nodes.bottom(), "", nodes.floats({1, 1, scale, scale}, {4})},
                    {{"coordinate_transformation_mode", "asymmetric"},
                     {"mode", "nearest"},
                     {"nearest_mode", "floor"}})};
}

Values unpooling(LayerNodes& nodes) {
  if (nodes.bottom_count() == 1) cannot_say("an Unpooling without a pooling's indices");
  return {scatter(nodes)};
}

const Mapping mappings[] = {
    {"Concat", concat},
    {"Crop", crop},
    {"CropCenter", crop_center},
    {"Flatten", reshape},
    {"Interp", interp},
    {"Padding", padding},
    {"Permute", permute},
    {"Reorg", reorg},
    {"Reshape", reshape},
    {"ShuffleChannel", shuffle_channel},
    {"Silence", silence},
    {"Slice", slice},
    {"Tile", tile},
    {"Unpooling", unpooling},
    {"Upsample", upsample},
};

}  // namespace
}  // namespace caffe::onnx
