// A layer whose functions are callbacks of the program's, in a table.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/handles.hpp"
#include "layers/base/layer.hpp"

namespace caffe::api {

// What was registered under one type.
struct CustomType {
  caffe_layer_callbacks callbacks;
  void* user;
};

class CustomLayer : public Layer {
 public:
  // What the callback that runs now may see. The handles of its bottoms and tops end with it.
  struct Call {
    const BlobPointers& bottom;
    const BlobPointers& top;
    const std::vector<bool>* propagate_down = nullptr;
    bool creating = false;
    Lent lent;
  };

  CustomLayer(const LayerParameter& param, const LayerContext& context,
              std::shared_ptr<const CustomType> type)
      : Layer(param, context), type_(std::move(type)) {}
  ~CustomLayer() override;

  Arity arity() const override;
  void init(const BlobPointers& bottom, const BlobPointers& top) override;
  void reshape(const BlobPointers& bottom, const BlobPointers& top) override;
  // As in the original: some load their data there, to know its shape.
  bool reshape_always() const override { return true; }
  void forward(const BlobPointers& bottom, const BlobPointers& top) override;
  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override;

  // Null while no callback runs.
  Call* call() const { return call_; }
  // What `create` has stored.
  void* state() const { return state_; }

  const std::shared_ptr<Blob>& add_parameter(const Shape& shape, const FillerParameter& filler);

 private:
  using Callback = caffe_status (*)(void* state, caffe_layer* layer, void* user);
  void run(const char* what, Callback callback, Call& call);
  template <class Use>
  void for_each_storage_of(const Call& call, const Use& use) const;
  template <class Invoke>
  void invoke(const char* what, Call& call, const Invoke& invoke);

  const std::shared_ptr<const CustomType> type_;
  void* state_ = nullptr;
  bool created_ = false;
  Call* call_ = nullptr;
  // The handle the callbacks get, and those of the parameters.
  uintptr_t handle_ = 0;
  const std::shared_ptr<Lent> lent_ = std::make_shared<Lent>();
};

// Fails when the table makes no sense or the type exists.
void register_custom_layer(const std::string& type, const caffe_layer_callbacks& callbacks,
                           void* user);

}  // namespace caffe::api
