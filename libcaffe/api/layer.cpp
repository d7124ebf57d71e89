// Layers of a net: name, type, parameters, and what only a callback may ask.
#include "api/custom_layer.hpp"
#include "api/objects.hpp"
#include "api/shape.hpp"
#include "api/text.hpp"
#include "layers/base/filler.hpp"
#include "schema/text.hpp"

using namespace caffe;
using namespace caffe::api;

namespace {

std::string label_of(const Layer& layer) {
  return str("layer ", quoted(layer.name()), " (", layer.type(), ")");
}

// The callback of the layer that runs now; fails outside of one.
CustomLayer::Call& call_of(const LayerObject& object) {
  auto* custom = dynamic_cast<CustomLayer*>(object.layer.get());
  if (custom == nullptr || custom->call() == nullptr) {
    fail(Status::kState, label_of(*object.layer),
         ": this may be asked only inside a callback of a layer registered with ",
         "caffe_layer_register");
  }
  return *custom->call();
}

size_t checked(const Layer& layer, int64_t index, size_t count, const char* what) {
  if (index < 0 || index >= static_cast<int64_t>(count)) {
    fail(Status::kNotFound, label_of(layer), " has no ", what, " ", index, ", only ", count);
  }
  return static_cast<size_t>(index);
}

caffe_status count_of(const char* function, int64_t* count, caffe_layer* layer,
                      const BlobPointers& (*blobs)(const CustomLayer::Call&)) {
  return barrier(function, [&] {
    require(count, "count");
    *count = static_cast<int64_t>(blobs(call_of(*get<LayerObject>(layer, "layer"))).size());
  });
}

caffe_status blob_of(const char* function, caffe_blob** blob, caffe_layer* layer, int64_t index,
                     const BlobPointers& (*blobs)(const CustomLayer::Call&), const char* what) {
  return barrier(function, [&] {
    require(blob, "blob");
    const auto object = get<LayerObject>(layer, "layer");
    CustomLayer::Call& call = call_of(*object);
    const BlobPointers& list = blobs(call);
    const size_t which = checked(*object->layer, index, list.size(), what);
    *blob = call.lent.lend<caffe_blob>(list[which], [&] {
      // The net owns it and outlives the call, as the handle does not.
      const std::shared_ptr<Blob> unowned(std::shared_ptr<void>(), list[which]);
      return std::make_shared<BlobObject>(unowned,
                                          str(what, " ", index, " of ", label_of(*object->layer)),
                                          BlobObject::Role::kOfLayer);
    });
  });
}

const BlobPointers& bottoms(const CustomLayer::Call& call) {
  return call.bottom;
}

const BlobPointers& tops(const CustomLayer::Call& call) {
  return call.top;
}

}  // namespace

namespace caffe::api {

caffe_blob* lend_parameter(Lent& lent, const Layer& layer, const std::shared_ptr<Blob>& blob,
                           size_t index) {
  return lent.lend<caffe_blob>(blob.get(), [&] {
    return std::make_shared<BlobObject>(blob, str("parameter ", index, " of ", label_of(layer)),
                                        BlobObject::Role::kParameter);
  });
}

}  // namespace caffe::api

caffe_status caffe_layer_name(const char** name, caffe_layer* layer) {
  return barrier(__func__, [&] {
    require(name, "name");
    *name = get<LayerObject>(layer, "layer")->layer->name().c_str();
  });
}

caffe_status caffe_layer_type(const char** type, caffe_layer* layer) {
  return barrier(__func__, [&] {
    require(type, "type");
    *type = get<LayerObject>(layer, "layer")->layer->type().c_str();
  });
}

caffe_status caffe_layer_phase(int* phase, caffe_layer* layer) {
  return barrier(__func__, [&] {
    require(phase, "phase");
    *phase = get<LayerObject>(layer, "layer")->layer->phase() == TRAIN ? CAFFE_TRAIN : CAFFE_TEST;
  });
}

caffe_status caffe_layer_implementation(const char** text, caffe_layer* layer) {
  return barrier(__func__, [&] {
    require(text, "text");
    const auto object = get<LayerObject>(layer, "layer");
    object->implementation = object->layer->implementation();
    *text = object->implementation.c_str();
  });
}

caffe_status caffe_layer_prototxt(char** text, caffe_layer* layer) {
  return barrier(__func__, [&] {
    require(text, "text");
    *text = owned_text(print_text(get<LayerObject>(layer, "layer")->layer->param()));
  });
}

caffe_status caffe_layer_blob_count(int64_t* count, caffe_layer* layer) {
  return barrier(__func__, [&] {
    require(count, "count");
    *count = static_cast<int64_t>(get<LayerObject>(layer, "layer")->layer->blobs().size());
  });
}

caffe_status caffe_layer_blob(caffe_blob** blob, caffe_layer* layer, int64_t index) {
  return barrier(__func__, [&] {
    require(blob, "blob");
    const auto object = get<LayerObject>(layer, "layer");
    const auto& blobs = object->layer->blobs();
    const size_t which = checked(*object->layer, index, blobs.size(), "parameter");
    *blob = lend_parameter(*object->lent, *object->layer, blobs[which], which);
  });
}

caffe_status caffe_layer_register(const char* type, const caffe_layer_callbacks* callbacks,
                                  void* user) {
  return barrier(__func__, [&] {
    const std::string name = required_text(type, "type");
    require(callbacks, "callbacks");
    register_custom_layer(name, *callbacks, user);
  });
}

caffe_status caffe_layer_state(void** state, caffe_layer* layer) {
  return barrier(__func__, [&] {
    require(state, "state");
    const auto object = get<LayerObject>(layer, "layer");
    const auto* custom = dynamic_cast<const CustomLayer*>(object->layer.get());
    *state = custom == nullptr ? nullptr : custom->state();
  });
}

caffe_status caffe_layer_bottom_count(int64_t* count, caffe_layer* layer) {
  return count_of(__func__, count, layer, bottoms);
}

caffe_status caffe_layer_bottom(caffe_blob** blob, caffe_layer* layer, int64_t index) {
  return blob_of(__func__, blob, layer, index, bottoms, "bottom");
}

caffe_status caffe_layer_top_count(int64_t* count, caffe_layer* layer) {
  return count_of(__func__, count, layer, tops);
}

caffe_status caffe_layer_top(caffe_blob** blob, caffe_layer* layer, int64_t index) {
  return blob_of(__func__, blob, layer, index, tops, "top");
}

caffe_status caffe_layer_propagate_down(int* wanted, caffe_layer* layer, int64_t index) {
  return barrier(__func__, [&] {
    require(wanted, "wanted");
    const auto object = get<LayerObject>(layer, "layer");
    const CustomLayer::Call& call = call_of(*object);
    const size_t which = checked(*object->layer, index, call.bottom.size(), "bottom");
    *wanted = call.propagate_down != nullptr && (*call.propagate_down)[which] ? 1 : 0;
  });
}

caffe_status caffe_layer_param_propagate_down(int* wanted, caffe_layer* layer, int64_t index) {
  return barrier(__func__, [&] {
    require(wanted, "wanted");
    const auto object = get<LayerObject>(layer, "layer");
    call_of(*object);
    const size_t which = checked(*object->layer, index, object->layer->blobs().size(), "parameter");
    *wanted = object->layer->param_propagate_down(which) ? 1 : 0;
  });
}

caffe_status caffe_layer_add_blob(caffe_blob** blob, caffe_layer* layer, int axes,
                                  const int64_t* dims, const char* filler) {
  return barrier(__func__, [&] {
    const auto object = get<LayerObject>(layer, "layer");
    if (!call_of(*object).creating) {
      fail(Status::kState, label_of(*object->layer), ": parameters are added in `create` only");
    }
    FillerParameter param;
    TextOptions how;
    how.file = "filler";
    if (filler != nullptr) parse_text(filler, param, how);
    auto& custom = static_cast<CustomLayer&>(*object->layer);
    const auto& added = custom.add_parameter(shape_of(axes, dims), param);
    caffe_blob* handle =
        lend_parameter(*object->lent, custom, added, object->layer->blobs().size() - 1);
    if (blob != nullptr) *blob = handle;
  });
}
