/* A plugin that takes its time before it brings one layer, TestSlow: a top of one value, 1. */
#define _XOPEN_SOURCE 700
#include <string.h>
#include <time.h>

#include "caffe.h"

int caffe_plugin_init(void);

static caffe_status reshape(void* state, caffe_layer* layer, void* user) {
  const int64_t one[1] = {1};
  caffe_blob* top;
  (void)state;
  (void)user;
  return caffe_layer_top(&top, layer, 0) ? CAFFE_CALLBACK : caffe_blob_reshape(top, 1, one);
}

static caffe_status forward(void* state, caffe_layer* layer, void* user) {
  const float one = 1;
  caffe_blob* top;
  (void)state;
  (void)user;
  return caffe_layer_top(&top, layer, 0) ? CAFFE_CALLBACK : caffe_blob_set_data(top, &one, 1);
}

int caffe_plugin_init(void) {
  const struct timespec a_while = {0, 50000000};
  caffe_layer_callbacks table;
  nanosleep(&a_while, NULL);
  memset(&table, 0, sizeof table);
  table.size = sizeof table;
  table.min_tops = table.max_tops = 1;
  table.reshape = reshape;
  table.forward = forward;
  return caffe_layer_register("TestSlow", &table, NULL) == CAFFE_OK ? 0 : 1;
}
