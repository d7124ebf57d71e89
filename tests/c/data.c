/* Data layers, as far as a C program meets them. */
#include "c/api.h"

#include <string.h>

TEST(net_missing_database) {
  caffe_net* net = NULL;
  CHECK_FAILS(caffe_net_create_from_text(
                  &net,
                  "layer { name: \"d\" type: \"Data\" top: \"x\" top: \"y\"\n"
                  "        data_param { source: \"no/such/lmdb\" batch_size: 2 backend: LMDB } }",
                  CAFFE_TRAIN, NULL),
              CAFFE_IO, "no/such/lmdb");
  CHECK(strstr(caffe_last_error(), "layer \"d\" (Data)") != NULL);
  CHECK(net == NULL);
}

static const char* const kMemoryNet =
    "layer { name: \"first\" type: \"Input\" top: \"x\" input_param { shape { dim: 1 } } }\n"
    "layer { name: \"memory\" type: \"MemoryData\" top: \"data\" top: \"label\"\n"
    "        transform_param { scale: 10 crop_size: 2 }\n"
    "        memory_data_param { batch_size: 2 channels: 1 height: 2 width: 2 } }\n";

/* What the layer served last: the first value of its data, and its first label. */
static void check_served(caffe_net* net, float value, float label) {
  caffe_blob *data, *labels;
  const float* values;
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_net_blob_by_name(&data, net, "data"));
  CHECK_OK(caffe_blob_data(&values, data));
  CHECK(values[0] == value);
  CHECK_OK(caffe_net_blob_by_name(&labels, net, "label"));
  CHECK_OK(caffe_blob_data(&values, labels));
  CHECK(values[0] == label);
}

TEST(net_input_arrays) {
  caffe_net* net = make_net(kMemoryNet, CAFFE_TEST);
  const int64_t dims[4] = {4, 1, 2, 2}, larger[4] = {2, 1, 4, 4};
  float data[32], labels[4] = {7, 8, 9, 10};
  int i;
  for (i = 0; i < 32; ++i) data[i] = (float)i;
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_STATE, "layer \"memory\" (MemoryData)");
  CHECK_OK(caffe_net_set_input_arrays(net, "memory", dims, data, labels, 0));
  data[0] = labels[0] = -1; /* they were copied */
  check_served(net, 0, 7);
  check_served(net, 8, 9);
  check_served(net, 0, 7);
  /* The middle of 4 x 4 values, times 10. */
  CHECK_OK(caffe_net_set_input_arrays(net, "memory", larger, data, labels, 1));
  check_served(net, 50, -1);
  check_served(net, 50, -1);
  caffe_net_destroy(net);
}

TEST(net_input_arrays_that_do_not_fit) {
  caffe_net* net = make_net(kMemoryNet, CAFFE_TEST);
  const int64_t dims[4] = {2, 1, 2, 2}, odd[4] = {3, 1, 2, 2}, none[4] = {0, 1, 2, 2};
  const int64_t wide[4] = {2, 1, 2, 3}, deep[4] = {2, 3, 4, 4}, negative[4] = {2, 1, -2, 2};
  const float data[96] = {0}, labels[3] = {0};
  CHECK_FAILS(caffe_net_set_input_arrays(net, NULL, dims, data, labels, 0), CAFFE_STATE,
              "first layer, \"first\" (Input)");
  CHECK_FAILS(caffe_net_set_input_arrays(net, "memori", dims, data, labels, 0), CAFFE_NOT_FOUND,
              "did you mean \"memory\"");
  CHECK_FAILS(caffe_net_set_input_arrays(net, "memory", NULL, data, labels, 0),
              CAFFE_INVALID_ARGUMENT, "dims is NULL");
  CHECK_FAILS(caffe_net_set_input_arrays(net, "memory", dims, NULL, labels, 0),
              CAFFE_INVALID_ARGUMENT, "data is NULL");
  CHECK_FAILS(caffe_net_set_input_arrays(net, "memory", dims, data, NULL, 0),
              CAFFE_INVALID_ARGUMENT, "labels is NULL");
  CHECK_FAILS(caffe_net_set_input_arrays(net, "memory", odd, data, labels, 0), CAFFE_SHAPE,
              "multiple of 2");
  CHECK_FAILS(caffe_net_set_input_arrays(net, "memory", none, data, labels, 0), CAFFE_SHAPE,
              "got 0");
  CHECK_FAILS(caffe_net_set_input_arrays(net, "memory", wide, data, labels, 0), CAFFE_SHAPE,
              "got 1 2 3 (6)");
  CHECK_FAILS(caffe_net_set_input_arrays(net, "memory", deep, data, labels, 1), CAFFE_SHAPE,
              "which transform_param makes 3 2 2 (12)");
  CHECK_FAILS(caffe_net_set_input_arrays(net, "memory", negative, data, labels, 0), CAFFE_SHAPE,
              "-2");
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_STATE, "no data yet");
  caffe_net_destroy(net);
  net = make_net("name: \"empty\"", CAFFE_TEST);
  CHECK_FAILS(caffe_net_set_input_arrays(net, NULL, dims, data, labels, 0), CAFFE_STATE,
              "no layers");
  caffe_net_destroy(net);
}
