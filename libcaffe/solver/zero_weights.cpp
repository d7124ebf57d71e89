#include "solver/zero_weights.hpp"

#include <algorithm>

#include "core/log.hpp"
#include "schema/reflection.hpp"

namespace caffe {

namespace {

// Whether the layer's parameters know a weight_filler, and none is given.
bool lacks_filler(const LayerParameter& param) {
  bool lacks = false;
  for (const schema::Field& field : param.message_type().fields) {
    if (field.kind != schema::Kind::kMessage || field.repeated()) continue;
    const Message* sub = field.message->sub(schema::member(field, param));
    const schema::Field* filler =
        sub == nullptr ? nullptr : sub->message_type().find("weight_filler");
    if (filler == nullptr) continue;
    if (schema::has(*filler, *sub)) return false;
    lacks = true;
  }
  return lacks;
}

// A bias has one axis.
bool is_zero_weight(const Blob& blob) {
  if (blob.axes() < 2 || blob.count() == 0) return false;
  if (blob.data().empty()) return true;
  const float* values = blob.data().read();
  return std::all_of(values, values + blob.count(), [](float x) { return x == 0; });
}

}  // namespace

void warn_of_zero_weights(const Net& net) {
  std::vector<size_t> layers;
  for (size_t i = 0; i < net.layer_count(); ++i) {
    const auto& blobs = net.layer(i).blobs();
    const auto zero = [](const std::shared_ptr<Blob>& blob) { return is_zero_weight(*blob); };
    if (blobs.empty() || net.loaded(i) || !lacks_filler(net.layer(i).param())) continue;
    if (std::any_of(blobs.begin(), blobs.end(), zero)) layers.push_back(i);
  }
  if (layers.empty()) return;
  CAFFE_LOG(kWarning, "The weights of ", net.layer_names(layers),
            " are all zeros: no weight_filler ",
            "is given, and no file of weights. They pass no gradient on, and several such layers ",
            "in a row learn nothing");
}

}  // namespace caffe
