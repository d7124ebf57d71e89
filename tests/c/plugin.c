/* Plugins: shared objects that register layers. */
#include "c/api.h"

TEST(plugin_brings_its_layers) {
  static const char* const path = CAFFE_TEST_PLUGINS "/doubling.so";
  caffe_net* net;
  caffe_blob* y;
  const float* values;
  CHECK_OK(caffe_plugin_load(path));
  CHECK_OK(caffe_plugin_load(path)); /* once more: nothing happens */
  net = make_net(
      "layer { name: \"x\" type: \"Input\" top: \"x\" input_param { shape { dim: 3 } } }\n"
      "layer { name: \"y\" type: \"TestDoubling\" bottom: \"x\" top: \"y\" }\n",
      CAFFE_TEST);
  fill_input(net, 0, 1, 1);
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_net_output(&y, net, 0));
  CHECK_OK(caffe_blob_data(&values, y));
  CHECK(values[0] == 2 && values[2] == 6);
  caffe_net_destroy(net);
}

TEST(plugin_that_cannot_be_used) {
  int i;
  CHECK_FAILS(caffe_plugin_load("no/such.so"), CAFFE_IO, "no/such.so");
  CHECK_FAILS(caffe_plugin_load(""), CAFFE_INVALID_ARGUMENT, "path is empty");
  write_file(scratch("text.so"), "no shared object", 16);
  CHECK_FAILS(caffe_plugin_load(scratch("text.so")), CAFFE_UNSUPPORTED, "text.so");
  for (i = 0; i < 2; ++i) {
    CHECK_FAILS(caffe_plugin_load(CAFFE_TEST_PLUGINS "/no_plugin.so"), CAFFE_UNSUPPORTED,
                "no function caffe_plugin_init");
    CHECK_FAILS(caffe_plugin_load(CAFFE_TEST_PLUGINS "/refusing.so"), CAFFE_CALLBACK,
                "caffe_plugin_init returned 9");
  }
}
