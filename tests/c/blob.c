/* Blobs: shapes, values, files, pins. */
#include "c/api.h"

#include <string.h>

static caffe_blob* make_blob(int axes, int64_t a, int64_t b, int64_t c) {
  int64_t dims[3];
  caffe_blob* blob = NULL;
  dims[0] = a;
  dims[1] = b;
  dims[2] = c;
  CHECK_OK(caffe_blob_create(&blob, axes, dims));
  return blob;
}

TEST(blob_has_a_shape) {
  caffe_blob* blob = make_blob(3, 2, 3, 4);
  int axes = -1;
  int64_t value;
  CHECK_OK(caffe_blob_axes(&axes, blob));
  CHECK(axes == 3);
  CHECK_OK(caffe_blob_count(&value, blob));
  CHECK(value == 24);
  CHECK_OK(caffe_blob_dim(&value, blob, 0));
  CHECK(value == 2);
  CHECK_OK(caffe_blob_dim(&value, blob, -1));
  CHECK(value == 4);
  CHECK_FAILS(caffe_blob_dim(&value, blob, 3), CAFFE_SHAPE, "axis 3");
  CHECK_FAILS(caffe_blob_dim(&value, blob, -4), CAFFE_SHAPE, "axis -4");
  CHECK(value == 4);
  caffe_blob_destroy(blob);
}

TEST(blob_without_axes_is_a_scalar) {
  caffe_blob* blob = NULL;
  int64_t count;
  float* value;
  CHECK_OK(caffe_blob_create(&blob, 0, NULL));
  CHECK_OK(caffe_blob_count(&count, blob));
  CHECK(count == 1);
  CHECK_OK(caffe_blob_mutable_data(&value, blob));
  CHECK(value[0] == 0);
  caffe_blob_destroy(blob);
}

TEST(blob_shapes_are_checked) {
  caffe_blob* blob = NULL;
  int64_t dims[33], i;
  for (i = 0; i < 33; ++i) dims[i] = 1;
  CHECK_OK(caffe_blob_create(&blob, 32, dims));
  caffe_blob_destroy(blob);
  blob = NULL;
  CHECK_FAILS(caffe_blob_create(&blob, 33, dims), CAFFE_INVALID_ARGUMENT, "axes is 33");
  CHECK_FAILS(caffe_blob_create(&blob, -1, dims), CAFFE_INVALID_ARGUMENT, "axes is -1");
  dims[1] = -2;
  CHECK_FAILS(caffe_blob_create(&blob, 2, dims), CAFFE_SHAPE, "-2");
  dims[0] = dims[1] = INT64_C(1) << 40;
  CHECK_FAILS(caffe_blob_create(&blob, 2, dims), CAFFE_SHAPE, "64 bits");
  CHECK(blob == NULL);
}

TEST(blob_too_big_for_memory) {
  caffe_blob* blob = make_blob(2, INT64_C(1) << 30, INT64_C(1) << 30, 0);
  const float* values = NULL;
  CHECK_FAILS(caffe_blob_data(&values, blob), CAFFE_OUT_OF_MEMORY, "1152921504606846976");
  CHECK(values == NULL);
  caffe_blob_destroy(blob);
}

TEST(blob_values_are_zero_until_written) {
  caffe_blob* blob = make_blob(2, 2, 2, 0);
  const float *values, *diffs;
  float* mutable_values;
  CHECK_OK(caffe_blob_data(&values, blob));
  CHECK_OK(caffe_blob_diff(&diffs, blob));
  CHECK(values[3] == 0 && diffs[3] == 0 && values != diffs);
  CHECK_OK(caffe_blob_mutable_data(&mutable_values, blob));
  mutable_values[3] = 5;
  CHECK_OK(caffe_blob_mutable_diff(&mutable_values, blob));
  mutable_values[3] = 6;
  CHECK_OK(caffe_blob_data(&values, blob));
  CHECK_OK(caffe_blob_diff(&diffs, blob));
  CHECK(values[3] == 5 && diffs[3] == 6);
  caffe_blob_destroy(blob);
}

TEST(blob_values_are_copied_in_and_out) {
  caffe_blob* blob = make_blob(2, 1, 3, 0);
  const float in[3] = {1, 2, 3};
  float out[4] = {0, 0, 0, 9};
  CHECK_OK(caffe_blob_set_data(blob, in, 3));
  CHECK_OK(caffe_blob_get_data(out, blob, 3));
  CHECK(out[0] == 1 && out[2] == 3 && out[3] == 9);
  CHECK_OK(caffe_blob_get_diff(out, blob, 3));
  CHECK(out[2] == 0);
  CHECK_OK(caffe_blob_set_diff(blob, in, 3));
  CHECK_OK(caffe_blob_get_diff(out, blob, 3));
  CHECK(out[2] == 3);
  CHECK_FAILS(caffe_blob_set_data(blob, in, 2), CAFFE_SHAPE, "1 3 (3), not 2 values");
  CHECK_FAILS(caffe_blob_get_data(out, blob, 4), CAFFE_SHAPE, "not 4 values");
  CHECK_FAILS(caffe_blob_set_diff(blob, in, -1), CAFFE_SHAPE, "not -1 values");
  CHECK_FAILS(caffe_blob_get_diff(out, blob, 0), CAFFE_SHAPE, "not 0 values");
  caffe_blob_destroy(blob);
}

TEST(blob_of_no_values) {
  caffe_blob* blob = make_blob(2, 0, 3, 0);
  const float* values = NULL;
  CHECK_OK(caffe_blob_data(&values, blob));
  CHECK_OK(caffe_blob_set_data(blob, NULL, 0));
  CHECK_OK(caffe_blob_get_data(NULL, blob, 0));
  caffe_blob_destroy(blob);
}

TEST(blob_reshape_of_ones_own_and_of_an_input) {
  caffe_blob* blob = make_blob(2, 2, 3, 0);
  const int64_t dims[3] = {3, 2, 1};
  int axes;
  CHECK_OK(caffe_blob_reshape(blob, 3, dims));
  CHECK_OK(caffe_blob_axes(&axes, blob));
  CHECK(axes == 3);
  CHECK_FAILS(caffe_blob_reshape(blob, 40, dims), CAFFE_INVALID_ARGUMENT, "axes is 40");
  CHECK_FAILS(caffe_blob_reshape(blob, 1, NULL), CAFFE_INVALID_ARGUMENT, "dims is NULL");
  caffe_blob_destroy(blob);
}

TEST(blob_of_a_parameter_keeps_its_count) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_blob* weights;
  const int64_t same[2] = {4, 3}, legacy[4] = {1, 1, 4, 3}, other[2] = {40, 3};
  const float *before, *after;
  CHECK_OK(caffe_net_param(&weights, net, 0));
  CHECK_OK(caffe_blob_reshape(weights, 2, same));
  CHECK_OK(caffe_blob_data(&before, weights));
  CHECK_FAILS(caffe_blob_reshape(weights, 2, other), CAFFE_STATE,
              "parameter 0 of layer \"ip\" (InnerProduct)");
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_blob_reshape(weights, 4, legacy));
  CHECK_OK(caffe_blob_data(&after, weights));
  CHECK(before == after);
  CHECK_OK(caffe_net_forward(NULL, net));
  caffe_net_destroy(net);
}

/* A blob in the middle is shaped by its layer again in the next whole pass. */
TEST(blob_in_the_middle_reshaped_does_no_harm) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_blob *ip, *prob;
  const int64_t dims[2] = {7, 4}, one[2] = {1, 1};
  int64_t rows;
  CHECK_OK(caffe_net_blob_by_name(&ip, net, "ip"));
  CHECK_OK(caffe_net_output(&prob, net, 0));
  CHECK_OK(caffe_blob_reshape(ip, 2, dims));
  CHECK_OK(caffe_net_forward_from_to(NULL, net, 2, 3));
  CHECK_OK(caffe_blob_dim(&rows, prob, 0));
  CHECK(rows == 7);
  CHECK_OK(caffe_blob_reshape(ip, 2, one));
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_net_reshape(net));
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_blob_dim(&rows, prob, 0));
  CHECK(rows == 2);
  caffe_net_destroy(net);
}

TEST(blob_files) {
  caffe_blob *blob = make_blob(3, 1, 2, 2), *again = NULL;
  const float in[4] = {1, -2, 3.5f, 4};
  float out[4];
  const char* path = scratch("mean.binaryproto");
  int axes;
  CHECK_OK(caffe_blob_set_data(blob, in, 4));
  CHECK_OK(caffe_blob_save(blob, path));
  CHECK_OK(caffe_blob_load(&again, path));
  CHECK_OK(caffe_blob_axes(&axes, again));
  CHECK(axes == 3);
  CHECK_OK(caffe_blob_get_data(out, again, 4));
  CHECK(memcmp(in, out, sizeof in) == 0);
  caffe_blob_destroy(again);
  again = NULL;
  CHECK_FAILS(caffe_blob_load(&again, "no.binaryproto"), CAFFE_IO, "no.binaryproto");
  write_file(path, "\x0a\xff\xff", 3);
  CHECK_FAILS(caffe_blob_load(&again, path), CAFFE_PARSE, "mean.binaryproto");
  CHECK_FAILS(caffe_blob_save(blob, "no/such/folder/x"), CAFFE_IO, "no/such/folder/x");
  CHECK_FAILS(caffe_blob_save(blob, NULL), CAFFE_INVALID_ARGUMENT, "file is NULL");
  CHECK(again == NULL);
  caffe_blob_destroy(blob);
}

TEST(blob_of_a_real_mean) {
  caffe_blob* mean = NULL;
  int64_t count;
  CHECK_OK(caffe_blob_load(&mean, check_shared_file("data/ilsvrc12/imagenet_mean.binaryproto")));
  CHECK_OK(caffe_blob_count(&count, mean));
  CHECK(count == 3 * 256 * 256);
  caffe_blob_destroy(mean);
}

TEST(pin_sees_every_run) {
  caffe_net* net; /* of weights for which not all values behind the ReLU are 0 */
  caffe_blob *data, *prob;
  caffe_pin *in = NULL, *out = NULL;
  float *x, *y, first;
  int i;
  CHECK_OK(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, "seed: 1"));
  CHECK_OK(caffe_net_input(&data, net, 0));
  CHECK_OK(caffe_net_output(&prob, net, 0));
  CHECK_OK(caffe_blob_pin(&in, data, CAFFE_DATA));
  CHECK_OK(caffe_blob_pin(&out, prob, CAFFE_DATA));
  CHECK_OK(caffe_pin_values(&x, in));
  CHECK_OK(caffe_pin_values(&y, out));
  for (i = 0; i < 6; ++i) x[i] = 1;
  CHECK_OK(caffe_net_forward(NULL, net));
  first = y[0];
  CHECK(first > 0 && y[0] == y[4]);
  for (i = 0; i < 3; ++i) x[i] = 10 * (float)(i + 1);
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK(y[4] == first && y[0] != first);
  caffe_pin_destroy(in);
  caffe_pin_destroy(out);
  caffe_net_destroy(net);
}

TEST(pin_outlives_its_blob) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_blob* data;
  caffe_pin* pin = NULL;
  const int64_t large[2] = {1000, 3};
  float* values;
  CHECK_OK(caffe_net_input(&data, net, 0));
  CHECK_OK(caffe_blob_pin(&pin, data, CAFFE_DATA));
  CHECK_OK(caffe_pin_values(&values, pin));
  values[0] = 42;
  CHECK_OK(caffe_blob_reshape(data, 2, large));
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK(values[0] == 42);
  caffe_net_destroy(net);
  CHECK(values[0] == 42);
  values[5] = 1;
  caffe_pin_destroy(pin);
}

TEST(pin_of_what_is_checked) {
  caffe_blob* blob = make_blob(1, 2, 0, 0);
  caffe_pin* pin = NULL;
  CHECK_FAILS(caffe_blob_pin(&pin, blob, 2), CAFFE_INVALID_ARGUMENT, "which is 2");
  CHECK_FAILS(caffe_blob_pin(&pin, blob, -1), CAFFE_INVALID_ARGUMENT, "which is -1");
  CHECK(pin == NULL);
  caffe_blob_destroy(blob);
}
