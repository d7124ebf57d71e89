// V1 layers, `layers { type: CONVOLUTION blobs_lr: 1 }`, become current ones.
#include "core/error.hpp"
#include "schema/reflection.hpp"
#include "schema/upgrade.hpp"

namespace caffe::schema {
namespace {

// POOLING is Pooling and HDF5_DATA is HDF5Data; these follow no rule.
constexpr std::pair<std::string_view, std::string_view> kNames[] = {
    {"NONE", ""},
    {"ABSVAL", "AbsVal"},
    {"ARGMAX", "ArgMax"},
    {"BN", "BN"},
    {"BNLL", "BNLL"},
    {"DENSE_CRF", "DenseCRF"},
    {"HDF5_DATA", "HDF5Data"},
    {"HDF5_OUTPUT", "HDF5Output"},
    {"LRN", "LRN"},
    {"MVN", "MVN"},
    {"RELU", "ReLU"},
    {"RELU6", "ReLU6"},
    {"SOFTMAX_LOSS", "SoftmaxWithLoss"},
    {"TANH", "TanH"},
};

std::string type_name(V1LayerParameter::LayerType type) {
  const EnumValue* value =
      V1LayerParameter::descriptor().find("type")->enum_type->find(static_cast<int32_t>(type));
  const std::string_view name = value ? value->name : "NONE";
  for (const auto& [old, current] : kNames) {
    if (old == name) return std::string(current);
  }
  std::string out;
  bool start = true;
  for (const char c : name) {
    if (c != '_') out += start || c < 'A' || c > 'Z' ? c : static_cast<char>(c - 'A' + 'a');
    start = c == '_';
  }
  return out;
}

LayerParameter upgraded(const V1LayerParameter& old) {
  LayerParameter layer;
  layer.source_line = old.source_line;
  if (old.has_type()) layer.set_type(type_name(old.type));
  const auto spec = [&](size_t i) -> ParamSpec& {
    if (layer.param.size() <= i) layer.param.resize(i + 1);
    return layer.param[i];
  };
  for (size_t i = 0; i < old.param.size(); ++i) spec(i).set_name(old.param[i]);
  for (size_t i = 0; i < old.blob_share_mode.size(); ++i) {
    spec(i).set_share_mode(static_cast<ParamSpec::DimCheckMode>(old.blob_share_mode[i]));
  }
  for (size_t i = 0; i < old.blobs_lr.size(); ++i) spec(i).set_lr_mult(old.blobs_lr[i]);
  for (size_t i = 0; i < old.weight_decay.size(); ++i) spec(i).set_decay_mult(old.weight_decay[i]);
  // The names both generations share; those whose meaning changed have been dealt with.
  for (const Field& field : old.message_type().fields) {
    const std::string_view name = field.name;
    if (name == "type" || name == "param") continue;
    if (const Field* same = layer.message_type().find(name)) copy(field, old, *same, layer);
  }
  // V1 had this layer in forks only, where the offset was not a parameter.
  if (old.type == V1LayerParameter::CROP) layer.crop_param.mut().set_offset_from_graph(true);
  return layer;
}

// Moves a data layer's own transformation fields to transform_param.
template <class Param>
bool move_transform(Sub<Param>& param, Sub<TransformationParameter>& transform) {
  bool moved = false;
  for (const char* name : {"scale", "mean_file", "crop_size", "mirror"}) {
    const Field& field = *Param::descriptor().find(name);
    if (!has(field, *param)) continue;
    copy(field, *param, *TransformationParameter::descriptor().find(name), transform.mut());
    clear(field, param.mut());
    moved = true;
  }
  return moved;
}

}  // namespace

void upgrade_v1_data(NetParameter& net, Upgrade& result) {
  bool moved = false;
  for (V1LayerParameter& layer : net.layers) {
    if (layer.type == V1LayerParameter::DATA) {
      moved |= move_transform(layer.data_param, layer.transform_param);
    } else if (layer.type == V1LayerParameter::IMAGE_DATA) {
      moved |= move_transform(layer.image_data_param, layer.transform_param);
    } else if (layer.type == V1LayerParameter::WINDOW_DATA) {
      moved |= move_transform(layer.window_data_param, layer.transform_param);
    }
  }
  if (!moved) return;
  result.changed = true;
  result.warnings.push_back(
      "scale, mean_file, crop_size and mirror of a data layer belong into transform_param; they "
      "have been moved");
}

void upgrade_v1(NetParameter& net, Upgrade& result) {
  if (net.layers.empty()) return;
  if (!net.layer.empty()) {
    fail(Status::kParse,
         "the net has both \"layer\" (current) and \"layers\" (V1); write all of "
         "them as layer { type: \"Convolution\" ... }");
  }
  result.changed = true;
  for (const V1LayerParameter& old : net.layers) net.layer.push_back(upgraded(old));
  net.layers.clear();
}

}  // namespace caffe::schema
