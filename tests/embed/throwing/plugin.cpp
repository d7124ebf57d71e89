// A plugin with the system's C++ runtime that throws: when it is loaded, or in its layer's forward.
#include <caffe.h>

#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>

namespace {

caffe_status reshape(void*, caffe_layer* layer, void*) {
  const int64_t one[] = {1};
  caffe_blob* top;
  return caffe_layer_top(&top, layer, 0) ? CAFFE_CALLBACK : caffe_blob_reshape(top, 1, one);
}

caffe_status forward(void*, caffe_layer*, void*) {
  throw std::bad_alloc();
}

}  // namespace

extern "C" int caffe_plugin_init() {
  if (std::getenv("THROW_AT_ONCE") != nullptr) throw std::runtime_error("thrown by the plugin");
  caffe_layer_callbacks table{};
  table.size = sizeof table;
  table.min_tops = table.max_tops = 1;
  table.reshape = reshape;
  table.forward = forward;
  return caffe_layer_register("Throws", &table, nullptr);
}
