/* A plugin as it was compiled for version 2.0: one layer, Abi20Tripled, y = 3 x for one row of
 * three. */
#include <string.h>

#include "caffe.h"

int caffe_plugin_init(void);

static caffe_status reshape(void* state, caffe_layer* layer, void* user) {
  static const int64_t dims[] = {1, 3};
  caffe_blob* top;
  (void)state;
  (void)user;
  return caffe_layer_top(&top, layer, 0) ? CAFFE_CALLBACK : caffe_blob_reshape(top, 2, dims);
}

static caffe_status forward(void* state, caffe_layer* layer, void* user) {
  caffe_blob *bottom, *top;
  const float* x;
  float* y;
  int i;
  (void)state;
  (void)user;
  if (caffe_layer_bottom(&bottom, layer, 0) || caffe_layer_top(&top, layer, 0) ||
      caffe_blob_data(&x, bottom) || caffe_blob_mutable_data(&y, top)) {
    return CAFFE_CALLBACK;
  }
  for (i = 0; i < 3; ++i) y[i] = 3 * x[i];
  return CAFFE_OK;
}

__attribute__((visibility("default"))) int caffe_plugin_init(void) {
  caffe_layer_callbacks table;
  memset(&table, 0, sizeof table);
  table.size = sizeof table;
  table.min_bottoms = table.max_bottoms = 1;
  table.min_tops = table.max_tops = 1;
  table.reshape = reshape;
  table.forward = forward;
  return caffe_layer_register("Abi20Tripled", &table, NULL) == CAFFE_OK ? 0 : 1;
}
