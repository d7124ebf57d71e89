// V0 layers, `layers { layer { type: "conv" kernelsize: 3 } }`, become V1 layers.
#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "schema/reflection.hpp"
#include "schema/upgrade.hpp"

namespace caffe::schema {
namespace {

struct TypeName {
  const char* name;
  V1LayerParameter::LayerType type;
};

constexpr TypeName kTypes[] = {
    {"accuracy", V1LayerParameter::ACCURACY},
    {"bnll", V1LayerParameter::BNLL},
    {"concat", V1LayerParameter::CONCAT},
    {"conv", V1LayerParameter::CONVOLUTION},
    {"data", V1LayerParameter::DATA},
    {"dropout", V1LayerParameter::DROPOUT},
    {"euclidean_loss", V1LayerParameter::EUCLIDEAN_LOSS},
    {"flatten", V1LayerParameter::FLATTEN},
    {"hdf5_data", V1LayerParameter::HDF5_DATA},
    {"hdf5_output", V1LayerParameter::HDF5_OUTPUT},
    {"im2col", V1LayerParameter::IM2COL},
    {"images", V1LayerParameter::IMAGE_DATA},
    {"infogain_loss", V1LayerParameter::INFOGAIN_LOSS},
    {"innerproduct", V1LayerParameter::INNER_PRODUCT},
    {"lrn", V1LayerParameter::LRN},
    {"multinomial_logistic_loss", V1LayerParameter::MULTINOMIAL_LOGISTIC_LOSS},
    {"pool", V1LayerParameter::POOLING},
    {"relu", V1LayerParameter::RELU},
    {"sigmoid", V1LayerParameter::SIGMOID},
    {"softmax", V1LayerParameter::SOFTMAX},
    {"softmax_loss", V1LayerParameter::SOFTMAX_LOSS},
    {"split", V1LayerParameter::SPLIT},
    {"tanh", V1LayerParameter::TANH},
    {"window_data", V1LayerParameter::WINDOW_DATA},
};

// Where a field of V0LayerParameter goes when the layer has that type; "*" is any type.
struct Move {
  const char* field;
  const char* type;
  const char* param;
  const char* to;
};

constexpr Move kMoves[] = {
    {"num_output", "conv", "convolution_param", "num_output"},
    {"num_output", "innerproduct", "inner_product_param", "num_output"},
    {"biasterm", "conv", "convolution_param", "bias_term"},
    {"biasterm", "innerproduct", "inner_product_param", "bias_term"},
    {"weight_filler", "conv", "convolution_param", "weight_filler"},
    {"weight_filler", "innerproduct", "inner_product_param", "weight_filler"},
    {"bias_filler", "conv", "convolution_param", "bias_filler"},
    {"bias_filler", "innerproduct", "inner_product_param", "bias_filler"},
    {"pad", "conv", "convolution_param", "pad"},
    {"pad", "pool", "pooling_param", "pad"},
    {"kernelsize", "conv", "convolution_param", "kernel_size"},
    {"kernelsize", "pool", "pooling_param", "kernel_size"},
    {"group", "conv", "convolution_param", "group"},
    {"stride", "conv", "convolution_param", "stride"},
    {"stride", "pool", "pooling_param", "stride"},
    {"pool", "pool", "pooling_param", "pool"},
    {"dropout_ratio", "dropout", "dropout_param", "dropout_ratio"},
    {"local_size", "lrn", "lrn_param", "local_size"},
    {"alpha", "lrn", "lrn_param", "alpha"},
    {"beta", "lrn", "lrn_param", "beta"},
    {"k", "lrn", "lrn_param", "k"},
    {"source", "data", "data_param", "source"},
    {"source", "hdf5_data", "hdf5_data_param", "source"},
    {"source", "images", "image_data_param", "source"},
    {"source", "window_data", "window_data_param", "source"},
    {"source", "infogain_loss", "infogain_loss_param", "source"},
    {"scale", "*", "transform_param", "scale"},
    {"meanfile", "*", "transform_param", "mean_file"},
    {"cropsize", "*", "transform_param", "crop_size"},
    {"mirror", "*", "transform_param", "mirror"},
    {"batchsize", "data", "data_param", "batch_size"},
    {"batchsize", "hdf5_data", "hdf5_data_param", "batch_size"},
    {"batchsize", "images", "image_data_param", "batch_size"},
    {"batchsize", "window_data", "window_data_param", "batch_size"},
    {"rand_skip", "data", "data_param", "rand_skip"},
    {"rand_skip", "images", "image_data_param", "rand_skip"},
    {"shuffle_images", "images", "image_data_param", "shuffle"},
    {"new_height", "images", "image_data_param", "new_height"},
    {"new_width", "images", "image_data_param", "new_width"},
    {"concat_dim", "concat", "concat_param", "concat_dim"},
    {"det_fg_threshold", "window_data", "window_data_param", "fg_threshold"},
    {"det_bg_threshold", "window_data", "window_data_param", "bg_threshold"},
    {"det_fg_fraction", "window_data", "window_data_param", "fg_fraction"},
    {"det_context_pad", "window_data", "window_data_param", "context_pad"},
    {"det_crop_mode", "window_data", "window_data_param", "crop_mode"},
};

// Fields that V1 has on the layer itself.
constexpr const char* kKept[] = {"name", "blobs", "blobs_lr", "weight_decay", "hdf5_output_param"};

std::string shown(const V1LayerParameter& layer) {
  const int32_t line = layer.source_line;
  return str(line > 0 ? str("line ", line, ": ") : "", "layer ", quoted(layer.layer->name), " (",
             layer.layer->type, ")");
}

// The images of V0 are unsigned or signed as it pleased the year; V1 has one meaning for each.
void move_value(const Field& from_field, const Message& from, const Field& to_field, Message& to) {
  if (from_field.kind == to_field.kind) {
    copy(from_field, from, to_field, to);
  } else {
    set(to_field, to, static_cast<uint32_t>(get<int32_t>(from_field, from)));
  }
}

void upgrade_layer(V1LayerParameter& layer, Upgrade& result) {
  const V0LayerParameter old = *layer.layer;
  const std::string where = shown(layer);
  layer.layer.clear();
  for (const char* name : kKept) {
    copy(*old.message_type().find(name), old, *layer.message_type().find(name), layer);
  }
  if (old.has_type()) {
    std::vector<std::string> names;
    for (const TypeName& known : kTypes) {
      if (old.type == known.name) layer.set_type(known.type);
      names.emplace_back(known.name);
    }
    if (!layer.has_type()) {
      fail(Status::kParse, where, ": V0 has no layer of type ", quoted(old.type),
           did_you_mean(old.type, names));
    }
  }
  for (const Field& field : old.message_type().fields) {
    const std::string_view name = field.name;
    if (!has(field, old) || name == "type" ||
        std::find(std::begin(kKept), std::end(kKept), name) != std::end(kKept)) {
      continue;
    }
    bool moved = false;
    for (const Move& move : kMoves) {
      if (name != move.field || (move.type != std::string_view("*") && old.type != move.type)) {
        continue;
      }
      const Field& param = *layer.message_type().find(move.param);
      Message& to = param.message->mutable_sub(member(param, layer));
      move_value(field, old, *to.message_type().find(move.to), to);
      moved = true;
    }
    if (!moved) result.warnings.push_back(str(where, ": this type has no ", name, "; ignored"));
  }
}

// A V0 net pads in a layer of its own; later ones in the convolution or pooling that reads it.
void fold_padding(NetParameter& net) {
  std::vector<V1LayerParameter> kept;
  std::map<std::string, const V1LayerParameter*> last_writer;
  const std::vector<V1LayerParameter> layers = std::move(net.layers);
  for (const std::string& input : net.input) last_writer[input] = nullptr;
  for (const V1LayerParameter& layer : layers) {
    const bool is_padding = layer.layer->type == "padding";
    V1LayerParameter upgraded = layer;
    for (size_t i = 0; i < layer.bottom.size(); ++i) {
      const auto writer = last_writer.find(layer.bottom[i]);
      if (writer == last_writer.end()) {
        fail(Status::kParse, shown(layer), ": bottom ", quoted(layer.bottom[i]), " does not exist");
      }
      const V1LayerParameter* source = writer->second;
      if (!source || source->layer->type != "padding") continue;
      const std::string& type = layer.layer->type;
      if ((type != "conv" && type != "pool") || layer.bottom.size() != 1) {
        fail(Status::kParse, shown(layer), ": reads the padding layer ",
             quoted(source->layer->name), ", which only a conv or pool layer of one bottom can do");
      }
      if (source->bottom.size() != 1 || source->top.size() != 1) {
        fail(Status::kParse, shown(*source), ": a padding layer has one bottom and one top");
      }
      upgraded.layer.mut().set_pad(source->layer->pad);
      upgraded.bottom[i] = source->bottom[0];
    }
    for (const std::string& top : layer.top) last_writer[top] = &layer;
    if (!is_padding) kept.push_back(std::move(upgraded));
  }
  net.layers = std::move(kept);
}

}  // namespace

void upgrade_v0(NetParameter& net, Upgrade& result) {
  const bool needed = std::ranges::any_of(
      net.layers, [](const V1LayerParameter& layer) { return layer.has_layer(); });
  if (!needed) return;
  result.changed = true;
  result.warnings.push_back("the net is written in V0, the oldest format; it has been upgraded");
  fold_padding(net);
  for (V1LayerParameter& layer : net.layers) {
    if (layer.has_layer()) upgrade_layer(layer, result);
  }
}

}  // namespace caffe::schema
