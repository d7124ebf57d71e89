// Nets: making, weights, running. Their layers and blobs are in net_parts.cpp.
#include "net/net.hpp"
#include "api/callbacks.hpp"
#include "api/objects.hpp"
#include "api/options.hpp"
#include "api/running_net.hpp"
#include "api/shape.hpp"
#include "api/text.hpp"
#include "core/device.hpp"
#include "core/file_kind.hpp"
#include "core/log.hpp"
#include "layers/base/roles.hpp"
#include "onnx/export.hpp"
#include "schema/files.hpp"
#include "schema/text.hpp"
#include "schema/wire.hpp"

using namespace caffe;
using namespace caffe::api;

namespace {

// `read(lenient)` gives the upgraded definition.
template <class Read>
caffe_net* new_net(int phase, const char* text, const std::string& source, const Read& read) {
  if (phase != CAFFE_TRAIN && phase != CAFFE_TEST) {
    fail_argument("phase is ", phase, ", not CAFFE_TRAIN (0) or CAFFE_TEST (1)");
  }
  const NetOptions options = parse_net_options(text);
  const NetParameter param = read(options.lenient);
  const std::shared_ptr<Net> net =
      make_net(param, phase == CAFFE_TRAIN ? TRAIN : TEST, options, source);
  return new_handle<caffe_net>(std::make_shared<NetObject>(net));
}

size_t layer_at(const Net& net, int64_t index, const char* argument) {
  if (index < 0 || index >= static_cast<int64_t>(net.layer_count())) {
    fail(Status::kNotFound, argument, " is ", index, ", but the net has ", net.layer_count(),
         " layers, counted from 0");
  }
  return static_cast<size_t>(index);
}

}  // namespace

caffe_status caffe_net_create(caffe_net** net, const char* file, int phase, const char* options) {
  return barrier(__func__, [&] {
    require(net, "net");
    const std::string path = required_text(file, "file");
    *net = new_net(phase, options, path, [&](bool lenient) { return read_net(path, lenient); });
  });
}

caffe_status caffe_net_create_from_text(caffe_net** net, const char* text, int phase,
                                        const char* options) {
  return barrier(__func__, [&] {
    require(net, "net");
    require(text, "text");
    *net = new_net(phase, options, "",
                   [&](bool lenient) { return read_net_text(text, "<text>", lenient); });
  });
}

caffe_status caffe_net_clone(caffe_net** clone, caffe_net* net) {
  return barrier(__func__, [&] {
    require(clone, "clone");
    const RunningNet original(net);  // its weights are shared, and its shapes read
    const std::shared_ptr<Net> copy = original->clone();
    *clone = new_handle<caffe_net>(std::make_shared<NetObject>(copy));
  });
}

void caffe_net_destroy(caffe_net* net) {
  if (net == nullptr) return;
  barrier(__func__, [&] {
    const auto object = get<NetObject>(net, "net");
    if (!object->is_callers) return;
    object->lent->end();
    remove_object(reinterpret_cast<uintptr_t>(net));
  });
}

caffe_status caffe_net_load_weights(caffe_net* net, const char* file) {
  return barrier(__func__, [&] { RunningNet(net)->load_weights(required_text(file, "file")); });
}

caffe_status caffe_net_load_weights_from_memory(caffe_net* net, const void* bytes, int64_t size) {
  return barrier(__func__, [&] {
    const RunningNet target(net);
    if (size < 0) fail_argument("size is ", size);
    if (size > 0) require(bytes, "bytes");
    const std::string_view view(static_cast<const char*>(bytes), static_cast<size_t>(size));
    if (kind_of(view) == FileKind::kHdf5) {
      fail(Status::kUnsupported, "the weights in memory: HDF5 is read from files only");
    }
    target->load_weights(read_weights_bytes(view, "the weights in memory"), "the memory");
  });
}

caffe_status caffe_net_layer_loaded(int* loaded, caffe_net* net, int64_t layer) {
  return barrier(__func__, [&] {
    require(loaded, "loaded");
    const auto object = get<NetObject>(net, "net");
    *loaded = object->net->loaded(layer_at(*object->net, layer, "layer"));
  });
}

caffe_status caffe_net_save_weights(caffe_net* net, const char* file, int diffs) {
  return barrier(__func__,
                 [&] { RunningNet(net)->save_weights(required_text(file, "file"), diffs != 0); });
}

caffe_status caffe_net_export_onnx(caffe_net* net, const char* file, const char* options) {
  return barrier(__func__, [&] {
    const std::string path = required_text(file, "file");
    const ExportOptions wanted = parse_export_options(options);
    onnx::export_net(*RunningNet(net), path, wanted);
  });
}

caffe_status caffe_net_share_weights(caffe_net* net, caffe_net* other) {
  return barrier(__func__, [&] {
    const RunningNet target(net);
    // Not marked as running: many nets may take the weights of one at once.
    const auto source = get<NetObject>(other, "other");
    if (source->net.get() == &*target) return;
    const std::vector<size_t> left = target->share_weights(*source->net);
    if (left.empty()) return;
    CAFFE_LOG(kWarning, "caffe_net_share_weights: the other net has nothing for ",
              target->layer_names(left), ", which keep their own parameters");
  });
}

caffe_status caffe_net_set_device(caffe_net* net, const char* device) {
  return barrier(__func__, [&] {
    const RunningNet target(net);
    target->set_device(find_device(required_text(device, "device")));
  });
}

caffe_status caffe_net_device(const char** name, caffe_net* net) {
  return barrier(__func__, [&] {
    require(name, "name");
    *name = get<NetObject>(net, "net")->net->device().name().c_str();
  });
}

caffe_status caffe_net_name(const char** name, caffe_net* net) {
  return barrier(__func__, [&] {
    require(name, "name");
    *name = get<NetObject>(net, "net")->net->name().c_str();
  });
}

caffe_status caffe_net_phase(int* phase, caffe_net* net) {
  return barrier(__func__, [&] {
    require(phase, "phase");
    *phase = get<NetObject>(net, "net")->net->phase() == TRAIN ? CAFFE_TRAIN : CAFFE_TEST;
  });
}

caffe_status caffe_net_prototxt(char** text, caffe_net* net) {
  return barrier(__func__, [&] {
    require(text, "text");
    *text = owned_text(print_text(get<NetObject>(net, "net")->net->param()));
  });
}

caffe_status caffe_net_upgrade_text(char** upgraded, const char* text) {
  return barrier(__func__, [&] {
    require(upgraded, "upgraded");
    require(text, "text");
    *upgraded = owned_text(print_text(read_net_text(text)));
  });
}

caffe_status caffe_net_reshape(caffe_net* net) {
  return barrier(__func__, [&] { RunningNet(net)->reshape(); });
}

caffe_status caffe_net_forward(float* loss, caffe_net* net) {
  return barrier(__func__, [&] {
    const float value = RunningNet(net)->forward();
    if (loss != nullptr) *loss = value;
  });
}

caffe_status caffe_net_forward_from_to(float* loss, caffe_net* net, int64_t first, int64_t last) {
  return barrier(__func__, [&] {
    const RunningNet target(net);
    const size_t begin = layer_at(*target, first, "first"), end = layer_at(*target, last, "last");
    if (begin > end) fail_argument("first (", first, ") comes after last (", last, ")");
    const float value = target->forward(begin, end);
    if (loss != nullptr) *loss = value;
  });
}

caffe_status caffe_net_backward(caffe_net* net) {
  return barrier(__func__, [&] { RunningNet(net)->backward(); });
}

caffe_status caffe_net_backward_from_to(caffe_net* net, int64_t first, int64_t last) {
  return barrier(__func__, [&] {
    const RunningNet target(net);
    const size_t begin = layer_at(*target, first, "first"), end = layer_at(*target, last, "last");
    if (begin < end) {
      fail_argument("backward goes from the last layers to the first: first (", first,
                    ") comes before last (", last, ")");
    }
    target->backward(begin, end);
  });
}

caffe_status caffe_net_add_callback(caffe_net* net, caffe_net_callback callback, void* user) {
  return barrier(__func__, [&] {
    if (callback == nullptr) fail_argument("callback is NULL");
    const RunningNet target(net);
    // It holds the handle, not the object: the net would keep itself alive.
    const int64_t id = target->add_callback([=](Net::Event event, size_t layer) {
      run_callback("net", [&] { return callback(net, event, static_cast<int64_t>(layer), user); });
    });
    target.object().callbacks.add(callback, user, id);
  });
}

caffe_status caffe_net_remove_callback(caffe_net* net, caffe_net_callback callback, void* user) {
  return barrier(__func__, [&] {
    const RunningNet target(net);
    target.object().callbacks.take(callback, user,
                                   [&](int64_t id) { target->remove_callback(id); });
  });
}

caffe_status caffe_net_set_input_arrays(caffe_net* net, const char* layer, const int64_t* dims,
                                        const float* data, const float* labels, int transform) {
  return barrier(__func__, [&] {
    const RunningNet target(net);
    require(dims, "dims");
    const Shape shape = shape_of(4, dims);
    if (shape.count() > 0) require(data, "data");
    if (shape[0] > 0) require(labels, "labels");
    if (target->layer_count() == 0) fail(Status::kState, "the net has no layers");
    Layer& found = target->layer(layer == nullptr ? 0 : target->layer_index(layer));
    auto* taker = dynamic_cast<ArraysRole*>(&found);
    if (taker == nullptr) {
      fail(Status::kState, layer == nullptr ? "the net's first layer, " : "layer ",
           quoted(found.name()), " (", found.type(), "), is not a MemoryData layer");
    }
    with_context([&] { return str("layer ", quoted(found.name()), " (", found.type(), ")"); },
                 [&] { taker->set_arrays(shape, data, labels, transform != 0); });
  });
}

caffe_status caffe_net_clear_param_diffs(caffe_net* net) {
  return barrier(__func__, [&] { RunningNet(net)->clear_param_diffs(); });
}
