/* Weights: files, memory, sharing. */
#include "c/api.h"

#include <stdlib.h>
#include <string.h>

/* The first parameter's values, for reading. */
static const float* weights_of(caffe_net* net) {
  caffe_blob* blob;
  const float* values;
  CHECK_OK(caffe_net_param(&blob, net, 0));
  CHECK_OK(caffe_blob_data(&values, blob));
  return values;
}

static void set_weights(caffe_net* net, float value) {
  caffe_blob* blob;
  float* values;
  int i;
  CHECK_OK(caffe_net_param(&blob, net, 0));
  CHECK_OK(caffe_blob_mutable_data(&values, blob));
  for (i = 0; i < 12; ++i) values[i] = value + (float)i;
}

static void round_trip(const char* name) {
  caffe_net *one = make_net(kSmallNet, CAFFE_TEST), *two = make_net(kSmallNet, CAFFE_TEST);
  const char* path = scratch(name);
  set_weights(one, 3);
  CHECK_OK(caffe_net_save_weights(one, path, 0));
  CHECK_OK(caffe_net_load_weights(two, path));
  CHECK(memcmp(weights_of(one), weights_of(two), 12 * sizeof(float)) == 0);
  CHECK(weights_of(two)[11] == 14);
  caffe_net_destroy(one);
  caffe_net_destroy(two);
}

TEST(weights_round_trip) {
  round_trip("net.caffemodel");
}

TEST(weights_round_trip_through_hdf5) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  const caffe_status status = caffe_net_save_weights(net, scratch("probe.h5"), 0);
  caffe_net_destroy(net);
  if (status == CAFFE_UNSUPPORTED) SKIP(caffe_last_error());
  round_trip("net.caffemodel.h5");
}

TEST(weights_are_an_option) {
  caffe_net *one = make_net(kSmallNet, CAFFE_TEST), *two = NULL;
  char options[4300] = "weights: \"";
  const char* path = scratch("option.caffemodel");
  set_weights(one, 7);
  CHECK_OK(caffe_net_save_weights(one, path, 0));
  strcat(strcat(options, path), "\"");
  CHECK_OK(caffe_net_create_from_text(&two, kSmallNet, CAFFE_TEST, options));
  CHECK(weights_of(two)[0] == 7);
  caffe_net_destroy(one);
  caffe_net_destroy(two);
}

TEST(weights_from_memory_are_copied) {
  caffe_net *one = make_net(kSmallNet, CAFFE_TEST), *two = make_net(kSmallNet, CAFFE_TEST);
  const char* path = scratch("memory.caffemodel");
  long size;
  char* bytes;
  set_weights(one, 1);
  CHECK_OK(caffe_net_save_weights(one, path, 0));
  bytes = read_file(path, &size);
  CHECK_OK(caffe_net_load_weights_from_memory(two, bytes, size));
  memset(bytes, 0, (size_t)size);
  free(bytes);
  CHECK(memcmp(weights_of(one), weights_of(two), 12 * sizeof(float)) == 0);
  CHECK_FAILS(caffe_net_load_weights_from_memory(two, NULL, 0), CAFFE_PARSE,
              "the weights in memory: this is empty, not weights");
  CHECK_FAILS(caffe_net_load_weights_from_memory(two, "\x89HDF\r\n\x1a\n", 8), CAFFE_UNSUPPORTED,
              "the weights in memory: HDF5 is read from files only");
  CHECK_FAILS(caffe_net_load_weights_from_memory(two, "", -1), CAFFE_INVALID_ARGUMENT,
              "caffe_net_load_weights_from_memory: size is -1");
  caffe_net_destroy(one);
  caffe_net_destroy(two);
}

/* However much of a file is missing, the answer is an error and the net is as it was. */
TEST(weights_cut_short) {
  caffe_net *one = make_net(kSmallNet, CAFFE_TEST), *two = make_net(kSmallNet, CAFFE_TEST);
  const char *path = scratch("whole.caffemodel"), *cut = scratch("cut.caffemodel");
  float before[12];
  long size, length;
  int refused = 0;
  char* bytes;
  set_weights(one, 100);
  memcpy(before, weights_of(two), sizeof before);
  CHECK_OK(caffe_net_save_weights(one, path, 0));
  bytes = read_file(path, &size);
  for (length = 1; length < size; ++length) {
    const caffe_status status = caffe_net_load_weights_from_memory(two, bytes, length);
    if (status == CAFFE_OK) {
      /* Cut between two layers: what is there is whole, and may have been copied. */
      CHECK_OK(caffe_net_share_weights(two, two));
      memcpy(before, weights_of(two), sizeof before);
      continue;
    }
    CHECK(status == CAFFE_PARSE || status == CAFFE_SHAPE || status == CAFFE_NOT_FOUND);
    ++refused;
    CHECK(memcmp(before, weights_of(two), sizeof before) == 0);
  }
  CHECK(refused > size / 2);
  write_file(cut, bytes, size / 2);
  CHECK_FAILS(caffe_net_load_weights(two, cut), CAFFE_PARSE, "cut.caffemodel");
  write_file(cut, "this is no caffemodel", 21);
  CHECK_FAILS(caffe_net_load_weights(two, cut), CAFFE_PARSE, "cut.caffemodel");
  CHECK_FAILS(caffe_net_load_weights(two, "no/such.caffemodel"), CAFFE_IO, "no/such.caffemodel");
  CHECK_FAILS(caffe_net_load_weights(two, ""), CAFFE_INVALID_ARGUMENT, "file is empty");
  CHECK_OK(caffe_net_forward(NULL, two));
  free(bytes);
  caffe_net_destroy(one);
  caffe_net_destroy(two);
}

TEST(weights_that_do_not_fit_change_nothing) {
  static const char* const wider =
      "layer { name: \"data\" type: \"Input\" top: \"data\"\n"
      "        input_param { shape { dim: 2 dim: 5 } } }\n"
      "layer { name: \"ip\" type: \"InnerProduct\" bottom: \"data\" top: \"ip\"\n"
      "        inner_product_param { num_output: 4 weight_filler { type: \"xavier\" } } }\n";
  caffe_net *one = make_net(wider, CAFFE_TEST), *two = make_net(kSmallNet, CAFFE_TEST);
  const char* path = scratch("wider.caffemodel");
  float before[12];
  memcpy(before, weights_of(two), sizeof before);
  CHECK_OK(caffe_net_save_weights(one, path, 1));
  CHECK_FAILS(caffe_net_load_weights(two, path), CAFFE_SHAPE, "layer \"ip\" (InnerProduct)");
  CHECK(strstr(caffe_last_error(), "4 5 (20)") != NULL);
  CHECK(strstr(caffe_last_error(), "4 3 (12)") != NULL);
  CHECK(memcmp(before, weights_of(two), sizeof before) == 0);
  CHECK_FAILS(caffe_net_share_weights(two, one), CAFFE_SHAPE, "layer \"ip\"");
  CHECK(memcmp(before, weights_of(two), sizeof before) == 0);
  caffe_net_destroy(one);
  caffe_net_destroy(two);
}

TEST(weights_cannot_be_saved_where_there_is_no_folder) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  CHECK_FAILS(caffe_net_save_weights(net, "no/such/folder/x.caffemodel", 0), CAFFE_IO,
              "no/such/folder/x.caffemodel");
  CHECK_FAILS(caffe_net_save_weights(net, "", 0), CAFFE_INVALID_ARGUMENT, "file is empty");
  caffe_net_destroy(net);
}

static int is_loaded(caffe_net* net, int64_t layer) {
  int loaded = -1;
  CHECK_OK(caffe_net_layer_loaded(&loaded, net, layer));
  return loaded;
}

/* Layer 0 of each net is its input; the net with two layers on it has a split behind that. */
TEST(weights_say_which_layers_they_were_for) {
  static const char* const more =
      "layer { name: \"data\" type: \"Input\" top: \"data\"\n"
      "        input_param { shape { dim: 2 dim: 3 } } }\n"
      "layer { name: \"new\" type: \"InnerProduct\" bottom: \"data\" top: \"new\"\n"
      "        inner_product_param { num_output: 4 } }\n"
      "layer { name: \"ip\" type: \"InnerProduct\" bottom: \"data\" top: \"ip\"\n"
      "        inner_product_param { num_output: 4 } }\n";
  static const char* const other =
      "layer { name: \"data\" type: \"Input\" top: \"data\"\n"
      "        input_param { shape { dim: 2 dim: 3 } } }\n"
      "layer { name: \"new\" type: \"InnerProduct\" bottom: \"data\" top: \"new\"\n"
      "        inner_product_param { num_output: 4 } }\n";
  caffe_net *one = make_net(kSmallNet, CAFFE_TEST), *two = make_net(more, CAFFE_TEST);
  caffe_net* three = make_net(other, CAFFE_TEST);
  const char* path = scratch("layers.caffemodel");
  int loaded = -1;
  CHECK_OK(caffe_net_save_weights(one, path, 0));
  CHECK(is_loaded(two, 0) == 1 && is_loaded(two, 2) == 0 && is_loaded(two, 3) == 0);
  CHECK_OK(caffe_net_load_weights(two, path));
  CHECK(is_loaded(two, 0) == 1 && is_loaded(two, 2) == 0 && is_loaded(two, 3) == 1);
  CHECK_FAILS(
      caffe_net_load_weights(three, path), CAFFE_NOT_FOUND,
      "there is nothing in it for this net: it holds weights for \"ip\", the net has \"new\"");
  CHECK(is_loaded(three, 1) == 0);
  CHECK_FAILS(caffe_net_layer_loaded(&loaded, two, 9), CAFFE_NOT_FOUND, "layer is 9");
  CHECK_FAILS(caffe_net_layer_loaded(&loaded, two, -1), CAFFE_NOT_FOUND, "layer is -1");
  CHECK(loaded == -1);
  caffe_net_destroy(one);
  caffe_net_destroy(two);
  caffe_net_destroy(three);
}

TEST(weights_shared_are_one) {
  caffe_net *one = make_net(kSmallNet, CAFFE_TEST), *two = make_net(kSmallNet, CAFFE_TEST);
  CHECK_OK(caffe_net_share_weights(two, one));
  set_weights(one, 20);
  CHECK(weights_of(two)[0] == 20);
  caffe_net_destroy(one);
  CHECK(weights_of(two)[1] == 21);
  set_weights(two, 30);
  CHECK_OK(caffe_net_forward(NULL, two));
  caffe_net_destroy(two);
}

TEST(weights_of_a_real_net) {
  caffe_net* net = NULL;
  caffe_blob* prob;
  const float* values;
  int64_t outputs;
  char model[4096];
  strcpy(model, check_shared_file("conformance/nets/lenet-test/net.prototxt"));
  CHECK_OK(caffe_net_create(&net, model, CAFFE_TEST, NULL));
  CHECK_OK(caffe_net_load_weights(
      net, check_shared_file("conformance/nets/lenet-test/weights.caffemodel")));
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_net_output_count(&outputs, net));
  CHECK(outputs > 0);
  CHECK_OK(caffe_net_output(&prob, net, 0));
  CHECK_OK(caffe_blob_data(&values, prob));
  CHECK(values[0] == values[0]);
  caffe_net_destroy(net);
}
