/* Layers of a net. */
#include "c/api.h"

#include <string.h>

TEST(layer_says_what_it_is) {
  caffe_net *net = make_net(kSmallNet, CAFFE_TRAIN), *again = NULL;
  caffe_layer* layer;
  const char* text;
  char* prototxt = NULL;
  int phase = -1;
  CHECK_OK(caffe_net_layer(&layer, net, 1));
  CHECK_OK(caffe_layer_name(&text, layer));
  CHECK(strcmp(text, "ip") == 0);
  CHECK_OK(caffe_layer_type(&text, layer));
  CHECK(strcmp(text, "InnerProduct") == 0);
  CHECK_OK(caffe_layer_phase(&phase, layer));
  CHECK(phase == CAFFE_TRAIN);
  CHECK_OK(caffe_layer_prototxt(&prototxt, layer));
  CHECK(strstr(prototxt, "name: \"ip\"\ntype: \"InnerProduct\"\n") == prototxt);
  CHECK(strstr(prototxt, "num_output: 4") != NULL);
  caffe_free(prototxt);
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_layer_implementation(&text, layer));
  CHECK(text != NULL);
  caffe_net_destroy(net);
  CHECK_OK(caffe_net_create_from_text(&again, kSmallNet, CAFFE_TEST, NULL));
  CHECK_OK(caffe_net_layer(&layer, again, 1));
  CHECK_OK(caffe_layer_phase(&phase, layer));
  CHECK(phase == CAFFE_TEST);
  caffe_net_destroy(again);
}

TEST(layer_blobs_are_the_parameters) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_layer* layer;
  caffe_blob* blob;
  int64_t count = -1;
  CHECK_OK(caffe_net_layer_by_name(&layer, net, "ip"));
  CHECK_OK(caffe_layer_blob_count(&count, layer));
  CHECK(count == 2);
  CHECK_OK(caffe_layer_blob(&blob, layer, 0));
  CHECK_OK(caffe_blob_dim(&count, blob, 0));
  CHECK(count == 4);
  CHECK_FAILS(caffe_layer_blob(&blob, layer, 2), CAFFE_NOT_FOUND, "layer \"ip\" (InnerProduct)");
  CHECK_FAILS(caffe_layer_blob(&blob, layer, -1), CAFFE_NOT_FOUND, "no parameter -1, only 2");
  CHECK_OK(caffe_net_layer_by_name(&layer, net, "relu"));
  CHECK_OK(caffe_layer_blob_count(&count, layer));
  CHECK(count == 0);
  caffe_net_destroy(net);
}
