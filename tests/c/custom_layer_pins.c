/* A layer of a program's own that holds on to pointers into its blobs; and its state. */
#include "c/api.h"

#include <string.h>

/* y = 2 x through pins that are taken at the first reshape and kept. */
static struct {
  caffe_pin *x, *y;
  int reshapes;
} pinned;

static caffe_status pinned_create(void** state, caffe_layer* layer, void* user) {
  (void)layer;
  (void)user;
  *state = &pinned;
  return CAFFE_OK;
}

static caffe_status pinned_reshape(void* state, caffe_layer* layer, void* user) {
  caffe_blob *bottom, *top;
  caffe_status status = same_shape(state, layer, user);
  if (status != CAFFE_OK || ++pinned.reshapes > 1) return status;
  if (caffe_layer_bottom(&bottom, layer, 0) || caffe_layer_top(&top, layer, 0) ||
      caffe_blob_pin(&pinned.x, bottom, CAFFE_DATA) || caffe_blob_pin(&pinned.y, top, CAFFE_DATA)) {
    return CAFFE_INTERNAL;
  }
  return CAFFE_OK;
}

static caffe_status pinned_forward(void* state, caffe_layer* layer, void* user) {
  float *x, *y;
  int i;
  (void)state;
  (void)layer;
  (void)user;
  if (caffe_pin_values(&x, pinned.x) || caffe_pin_values(&y, pinned.y)) return CAFFE_INTERNAL;
  for (i = 0; i < 200; ++i) y[i] = 2 * x[i];
  return CAFFE_OK;
}

/* Between convolutions, which keep their blobs in another order. */
TEST(custom_layer_with_pins_and_state) {
  static const char* const text =
      "layer { name: \"data\" type: \"Input\" top: \"x\"\n"
      "        input_param { shape { dim: 1 dim: 8 dim: 5 dim: 5 } } }\n"
      "layer { name: \"one\" type: \"Convolution\" bottom: \"x\" top: \"one\" convolution_param {\n"
      "        num_output: 8 kernel_size: 1 weight_filler { type: \"constant\" value: 1 } } }\n"
      "layer { name: \"mine\" type: \"TestPinned\" bottom: \"one\" top: \"mine\" }\n"
      "layer { name: \"two\" type: \"Convolution\" bottom: \"mine\" top: \"two\" convolution_param "
      "{\n"
      "        num_output: 8 kernel_size: 1 weight_filler { type: \"constant\" value: 1 } } }\n";
  caffe_layer_callbacks table;
  caffe_layer* layer;
  caffe_net* net;
  caffe_blob* blob;
  const float* values;
  void* state = NULL;
  int pass, i;
  memset(&table, 0, sizeof table);
  table.size = sizeof table;
  table.min_bottoms = table.max_bottoms = 1;
  table.min_tops = table.max_tops = 1;
  table.create = pinned_create;
  table.reshape = pinned_reshape;
  table.forward = pinned_forward;
  CHECK_OK(caffe_layer_register("TestPinned", &table, NULL));
  net = make_net(text, CAFFE_TEST);
  CHECK_OK(caffe_net_blob_by_name(&blob, net, "two"));
  for (pass = 1; pass <= 3; ++pass) {
    fill_input(net, 0, (float)pass, 0);
    CHECK_OK(caffe_net_forward(NULL, net));
    CHECK_OK(caffe_blob_data(&values, blob));
    for (i = 0; i < 200; ++i) CHECK(values[i] == 8 * 2 * 8 * (float)pass);
  }
  CHECK(pinned.reshapes == 4); /* when it was made, and before each forward */
  CHECK_OK(caffe_net_layer_by_name(&layer, net, "mine"));
  CHECK_OK(caffe_layer_state(&state, layer));
  CHECK(state == &pinned);
  CHECK_OK(caffe_net_layer_by_name(&layer, net, "one"));
  CHECK_OK(caffe_layer_state(&state, layer));
  CHECK(state == NULL);
  CHECK_FAILS(caffe_layer_state(NULL, layer), CAFFE_INVALID_ARGUMENT, "state is NULL");
  caffe_pin_destroy(pinned.x);
  caffe_pin_destroy(pinned.y);
  caffe_net_destroy(net);
}
