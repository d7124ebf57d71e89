// What a net is made of: layers, blobs, inputs, outputs, parameters, by index and by name.
#include <utility>

#include "api/objects.hpp"
#include "api/text.hpp"
#include "net/net.hpp"

using namespace caffe;
using namespace caffe::api;

namespace {

// `index`, which must be below the number of `what`.
size_t checked(int64_t index, size_t count, const char* what) {
  if (index < 0 || index >= static_cast<int64_t>(count)) {
    fail(Status::kNotFound, "there is no ", what, " ", index, " among the net's ", count,
         " (counted from 0)");
  }
  return static_cast<size_t>(index);
}

caffe_layer* lend_layer(const NetObject& object, size_t index) {
  Layer& layer = object.net->layer(index);
  return object.lent->lend<caffe_layer>(&layer, [&] {
    return std::make_shared<LayerObject>(std::shared_ptr<Layer>(object.net, &layer), object.lent);
  });
}

// Answers with what `of(net)` returns.
template <class T, class Of>
caffe_status value_of(const char* function, T* value, const char* name, caffe_net* net,
                      const Of& of) {
  return barrier(function, [&] {
    require(value, name);
    *value = static_cast<T>(of(std::as_const(*get<NetObject>(net, "net")->net)));
  });
}

// Answers with the handle of the layer or blob at the index that `index(net)` returns.
template <class Handle, class Index>
caffe_status lend(const char* function, Handle** handle, const char* name, caffe_net* net,
                  Handle* (*lend_one)(const NetObject&, size_t), const Index& index) {
  return barrier(function, [&] {
    require(handle, name);
    const auto object = get<NetObject>(net, "net");
    *handle = lend_one(*object, index(std::as_const(*object->net)));
  });
}

// The index of what has a name.
using Find = size_t (Net::*)(const std::string&) const;

auto named(Find find, const char* name) {
  return [=](const Net& of) {
    require(name, "name");
    return (of.*find)(name);
  };
}

// The index of one blob of a list of blobs.
using Ids = const std::vector<size_t>& (Net::*)() const;

auto id_at(Ids ids, int64_t index, const char* what) {
  return [=](const Net& of) {
    const auto& list = (of.*ids)();
    return list[checked(index, list.size(), what)];
  };
}

// Which blobs a layer reads or makes.
using LayerIds = const std::vector<size_t>& (Net::*)(size_t) const;

caffe_status layer_id_count(const char* function, int64_t* count, caffe_net* net, LayerIds ids,
                            int64_t layer) {
  return value_of(function, count, "count", net, [&](const Net& of) {
    return (of.*ids)(checked(layer, of.layer_count(), "layer")).size();
  });
}

caffe_status layer_id(const char* function, int64_t* blob, caffe_net* net, LayerIds ids,
                      int64_t layer, int64_t index, const char* what) {
  return value_of(function, blob, "blob", net, [&](const Net& of) {
    const size_t which = checked(layer, of.layer_count(), "layer");
    const auto& list = (of.*ids)(which);
    if (index < 0 || index >= static_cast<int64_t>(list.size())) {
      fail(Status::kNotFound, "layer ", quoted(of.layer(which).name()), " has no ", what, " ",
           index, ", only ", list.size());
    }
    return list[static_cast<size_t>(index)];
  });
}

}  // namespace

namespace caffe::api {

caffe_blob* lend_blob(const NetObject& object, size_t index) {
  const std::shared_ptr<Blob>& blob = object.net->blobs()[index];
  return object.lent->lend<caffe_blob>(blob.get(), [&] {
    const std::string label = "blob " + quoted(object.net->blob_names()[index]);
    return std::make_shared<BlobObject>(blob, label, BlobObject::Role::kOfNet);
  });
}

}  // namespace caffe::api

caffe_status caffe_net_layer_count(int64_t* count, caffe_net* net) {
  return value_of(__func__, count, "count", net, [](const Net& of) { return of.layer_count(); });
}

caffe_status caffe_net_layer(caffe_layer** layer, caffe_net* net, int64_t index) {
  return lend(__func__, layer, "layer", net, lend_layer,
              [&](const Net& of) { return checked(index, of.layer_count(), "layer"); });
}

caffe_status caffe_net_layer_flops(int64_t* flops, caffe_net* net, int64_t layer) {
  return value_of(__func__, flops, "flops", net, [&](const Net& of) {
    const size_t which = checked(layer, of.layer_count(), "layer");
    const auto blobs_at = [&](const std::vector<size_t>& ids) {
      BlobPointers blobs;
      for (const size_t id : ids) blobs.push_back(of.blobs()[id].get());
      return blobs;
    };
    return of.layer(which).flops(blobs_at(of.bottom_ids(which)), blobs_at(of.top_ids(which)));
  });
}

caffe_status caffe_net_layer_by_name(caffe_layer** layer, caffe_net* net, const char* name) {
  return lend(__func__, layer, "layer", net, lend_layer, named(&Net::layer_index, name));
}

caffe_status caffe_net_layer_index(int64_t* index, caffe_net* net, const char* name) {
  return value_of(__func__, index, "index", net, named(&Net::layer_index, name));
}

caffe_status caffe_net_layer_bottom_count(int64_t* count, caffe_net* net, int64_t layer) {
  return layer_id_count(__func__, count, net, &Net::bottom_ids, layer);
}

caffe_status caffe_net_layer_bottom(int64_t* blob, caffe_net* net, int64_t layer, int64_t index) {
  return layer_id(__func__, blob, net, &Net::bottom_ids, layer, index, "bottom");
}

caffe_status caffe_net_layer_top_count(int64_t* count, caffe_net* net, int64_t layer) {
  return layer_id_count(__func__, count, net, &Net::top_ids, layer);
}

caffe_status caffe_net_layer_top(int64_t* blob, caffe_net* net, int64_t layer, int64_t index) {
  return layer_id(__func__, blob, net, &Net::top_ids, layer, index, "top");
}

caffe_status caffe_net_blob_count(int64_t* count, caffe_net* net) {
  return value_of(__func__, count, "count", net, [](const Net& of) { return of.blobs().size(); });
}

caffe_status caffe_net_blob(caffe_blob** blob, caffe_net* net, int64_t index) {
  return lend(__func__, blob, "blob", net, lend_blob,
              [&](const Net& of) { return checked(index, of.blobs().size(), "blob"); });
}

caffe_status caffe_net_blob_name(const char** name, caffe_net* net, int64_t index) {
  return value_of(__func__, name, "name", net, [&](const Net& of) {
    const auto& names = of.blob_names();
    return names[checked(index, names.size(), "blob")].c_str();
  });
}

caffe_status caffe_net_blob_by_name(caffe_blob** blob, caffe_net* net, const char* name) {
  return lend(__func__, blob, "blob", net, lend_blob, named(&Net::blob_index, name));
}

caffe_status caffe_net_blob_index(int64_t* index, caffe_net* net, const char* name) {
  return value_of(__func__, index, "index", net, named(&Net::blob_index, name));
}

caffe_status caffe_net_blob_loss_weight(float* weight, caffe_net* net, int64_t index) {
  return value_of(__func__, weight, "weight", net, [&](const Net& of) {
    return of.blob_loss_weight(checked(index, of.blobs().size(), "blob"));
  });
}

caffe_status caffe_net_input_count(int64_t* count, caffe_net* net) {
  return value_of(__func__, count, "count", net,
                  [](const Net& of) { return of.input_ids().size(); });
}

caffe_status caffe_net_input(caffe_blob** blob, caffe_net* net, int64_t index) {
  return lend(__func__, blob, "blob", net, lend_blob, id_at(&Net::input_ids, index, "input"));
}

caffe_status caffe_net_input_index(int64_t* blob, caffe_net* net, int64_t index) {
  return value_of(__func__, blob, "blob", net, id_at(&Net::input_ids, index, "input"));
}

caffe_status caffe_net_output_count(int64_t* count, caffe_net* net) {
  return value_of(__func__, count, "count", net,
                  [](const Net& of) { return of.output_ids().size(); });
}

caffe_status caffe_net_output(caffe_blob** blob, caffe_net* net, int64_t index) {
  return lend(__func__, blob, "blob", net, lend_blob, id_at(&Net::output_ids, index, "output"));
}

caffe_status caffe_net_output_index(int64_t* blob, caffe_net* net, int64_t index) {
  return value_of(__func__, blob, "blob", net, id_at(&Net::output_ids, index, "output"));
}

caffe_status caffe_net_param_count(int64_t* count, caffe_net* net) {
  return value_of(__func__, count, "count", net,
                  [](const Net& of) { return of.learnable().size(); });
}

caffe_status caffe_net_param(caffe_blob** blob, caffe_net* net, int64_t index) {
  return barrier(__func__, [&] {
    require(blob, "blob");
    const auto object = get<NetObject>(net, "net");
    const auto& params = object->net->learnable();
    const auto& param = params[checked(index, params.size(), "parameter")].blob;
    // By its place in its layer, so that it has the handle it has there.
    for (size_t i = 0; i < object->net->layer_count(); ++i) {
      const Layer& layer = object->net->layer(i);
      for (size_t j = 0; j < layer.blobs().size(); ++j) {
        if (layer.blobs()[j] != param) continue;
        *blob = lend_parameter(*object->lent, layer, param, j);
        return;
      }
    }
    fail(Status::kInternal, "parameter ", index, " belongs to no layer");
  });
}

caffe_status caffe_net_param_multipliers(float* lr, float* decay, caffe_net* net, int64_t index) {
  return barrier(__func__, [&] {
    const auto object = get<NetObject>(net, "net");
    const auto& params = object->net->learnable();
    const auto& param = params[checked(index, params.size(), "parameter")];
    if (lr != nullptr) *lr = param.lr_mult;
    if (decay != nullptr) *decay = param.decay_mult;
  });
}
