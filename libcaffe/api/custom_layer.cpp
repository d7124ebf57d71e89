// Calling a program's own layers. No lock is held while a callback runs.
#include "api/custom_layer.hpp"

#include <cstddef>

#include "api/callbacks.hpp"
#include "api/objects.hpp"
#include "api/tables.hpp"
#include "layers/base/filler.hpp"
#include "layers/base/registry.hpp"

namespace caffe::api {

CustomLayer::~CustomLayer() {
  lent_->end();
  if (handle_ != 0) remove_object(handle_);
  if (created_ && type_->callbacks.destroy != nullptr) {
    type_->callbacks.destroy(state_, type_->user);
  }
}

Arity CustomLayer::arity() const {
  const auto bound = [](int most) { return most < 0 ? Arity::kAny : most; };
  const caffe_layer_callbacks& table = type_->callbacks;
  return {table.min_bottoms, bound(table.max_bottoms), table.min_tops, bound(table.max_tops),
          false};
}

namespace {

template <class Use>
void for_each_storage(const BlobPointers& blobs, const Use& use) {
  for (const Blob* blob : blobs) {
    use(*blob->data_storage(), blob->shape());
    use(*blob->diff_storage(), blob->shape());
  }
}

}  // namespace

// The callback sees through pins what the pass has computed so far, and the layers behind it see
// what it has written there.
template <class Use>
void CustomLayer::for_each_storage_of(const Call& call, const Use& use) const {
  for_each_storage(call.bottom, use);
  for_each_storage(call.top, use);
  for (const auto& blob : blobs()) for_each_storage({blob.get()}, use);
}

template <class Invoke>
void CustomLayer::invoke(const char* what, Call& call, const Invoke& invoke) {
  struct Scope {
    CustomLayer* layer;
    Call* before;
    ~Scope() { layer->call_ = before; }
  };
  const Scope scope{this, call_};
  call_ = &call;
  for_each_storage_of(call, [](Storage& s, const Shape& shape) { s.end_pass(shape); });
  run_callback(what, [&] { return invoke(as_handle<caffe_layer>(handle_)); });
  for_each_storage_of(call, [](Storage& s, const Shape& shape) { s.begin_pass(shape); });
}

void CustomLayer::run(const char* what, Callback callback, Call& call) {
  invoke(what, call, [&](caffe_layer* layer) { return callback(state_, layer, type_->user); });
}

void CustomLayer::init(const BlobPointers& bottom, const BlobPointers& top) {
  // The object does not own the layer, which takes its handle back when it goes.
  const std::shared_ptr<Layer> unowned(std::shared_ptr<void>(), this);
  handle_ = add_object(std::make_shared<LayerObject>(unowned, lent_));
  if (type_->callbacks.create != nullptr) {
    Call call{bottom, top, nullptr, true, {}};
    invoke("create", call, [&](caffe_layer* layer) {
      return type_->callbacks.create(&state_, layer, type_->user);
    });
  }
  created_ = true;
}

void CustomLayer::reshape(const BlobPointers& bottom, const BlobPointers& top) {
  Call call{bottom, top, nullptr, false, {}};
  run("reshape", type_->callbacks.reshape, call);
}

void CustomLayer::forward(const BlobPointers& bottom, const BlobPointers& top) {
  Call call{bottom, top, nullptr, false, {}};
  run("forward", type_->callbacks.forward, call);
}

void CustomLayer::backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                           const BlobPointers& bottom) {
  if (type_->callbacks.backward == nullptr) return Layer::backward(top, propagate_down, bottom);
  Call call{bottom, top, &propagate_down, false, {}};
  run("backward", type_->callbacks.backward, call);
}

const std::shared_ptr<Blob>& CustomLayer::add_parameter(const Shape& shape,
                                                        const FillerParameter& filler) {
  auto blob = std::make_shared<Blob>(shape);
  Rng rng = filler_rng(blobs().size());
  fill(*blob, filler, rng);
  blobs().push_back(std::move(blob));
  return blobs().back();
}

namespace {

// What 2.0 has; never to be changed.
constexpr size_t kFirstSize =
    offsetof(caffe_layer_callbacks, backward) + sizeof(caffe_layer_callbacks::backward);

void check_range(const char* what, int least, int most) {
  if (least < 0 || (most != -1 && most < least)) {
    fail_argument("callbacks ask for ", least, " to ", most, " ", what);
  }
}

}  // namespace

void register_custom_layer(const std::string& type, const caffe_layer_callbacks& callbacks,
                           void* user) {
  const auto known = std::make_shared<CustomType>(
      CustomType{known_part(callbacks, kFirstSize, "callbacks"), user});
  const caffe_layer_callbacks& table = known->callbacks;
  check_range("bottoms", table.min_bottoms, table.max_bottoms);
  check_range("tops", table.min_tops, table.max_tops);
  if (table.reshape == nullptr) fail_argument("callbacks->reshape is NULL");
  if (table.forward == nullptr) fail_argument("callbacks->forward is NULL");
  layer_registry().add(type, [known](const LayerParameter& param, const LayerContext& context) {
    return std::unique_ptr<Layer>(new CustomLayer(param, context, known));
  });
}

}  // namespace caffe::api
