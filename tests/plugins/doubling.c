/* A plugin that brings one layer, TestDoubling: y = 2 x. */
#include <string.h>

#include "caffe.h"

int caffe_plugin_init(void);

static caffe_status reshape(void* state, caffe_layer* layer, void* user) {
  caffe_blob *bottom, *top;
  int64_t dims[32];
  int axes, i;
  (void)state;
  (void)user;
  if (caffe_layer_bottom(&bottom, layer, 0) || caffe_layer_top(&top, layer, 0) ||
      caffe_blob_axes(&axes, bottom)) {
    return CAFFE_CALLBACK;
  }
  for (i = 0; i < axes; ++i) {
    if (caffe_blob_dim(&dims[i], bottom, i)) return CAFFE_CALLBACK;
  }
  return caffe_blob_reshape(top, axes, dims);
}

static caffe_status forward(void* state, caffe_layer* layer, void* user) {
  caffe_blob *bottom, *top;
  const float* x;
  float* y;
  int64_t count, i;
  (void)state;
  (void)user;
  if (caffe_layer_bottom(&bottom, layer, 0) || caffe_layer_top(&top, layer, 0) ||
      caffe_blob_count(&count, bottom) || caffe_blob_data(&x, bottom) ||
      caffe_blob_mutable_data(&y, top)) {
    return CAFFE_CALLBACK;
  }
  for (i = 0; i < count; ++i) y[i] = 2 * x[i];
  return CAFFE_OK;
}

int caffe_plugin_init(void) {
  caffe_layer_callbacks table;
  memset(&table, 0, sizeof table);
  table.size = sizeof table;
  table.min_bottoms = table.max_bottoms = 1;
  table.min_tops = table.max_tops = 1;
  table.reshape = reshape;
  table.forward = forward;
  return caffe_layer_register("TestDoubling", &table, NULL) == CAFFE_OK ? 0 : 1;
}
