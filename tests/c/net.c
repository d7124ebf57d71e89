/* Nets: making them, running them, what they are made of. */
#include "c/api.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

TEST(net_from_a_file) {
  caffe_net* net = NULL;
  const char *path = scratch("small.prototxt"), *name;
  int phase = -1;
  write_file(path, kSmallNet, (long)strlen(kSmallNet));
  CHECK_OK(caffe_net_create(&net, path, CAFFE_TRAIN, NULL));
  CHECK_OK(caffe_net_name(&name, net));
  CHECK(strcmp(name, "small") == 0);
  CHECK_OK(caffe_net_phase(&phase, net));
  CHECK(phase == CAFFE_TRAIN);
  caffe_net_destroy(net);
}

TEST(net_that_cannot_be_made_leaves_the_result_alone) {
  caffe_net* net = GARBAGE(caffe_net);
  CHECK_FAILS(caffe_net_create(&net, "no/such.prototxt", CAFFE_TEST, NULL), CAFFE_IO,
              "no/such.prototxt");
  CHECK_FAILS(caffe_net_create(&net, "", CAFFE_TEST, NULL), CAFFE_INVALID_ARGUMENT,
              "caffe_net_create: file is empty");
  CHECK_FAILS(caffe_net_create_from_text(&net, kSmallNet, 2, NULL), CAFFE_INVALID_ARGUMENT,
              "caffe_net_create_from_text: phase is 2");
  CHECK_FAILS(caffe_net_create_from_text(&net, kSmallNet, -1, NULL), CAFFE_INVALID_ARGUMENT,
              "phase is -1");
  CHECK(net == GARBAGE(caffe_net));
}

TEST(net_errors_say_where) {
  caffe_net* net = NULL;
  const char* text = "name: \"bad\"\nlayer {\n  name: \"a\"\n  typ: \"ReLU\"\n}\n";
  const char* path = scratch("bad.prototxt");
  write_file(path, text, (long)strlen(text));
  CHECK_FAILS(caffe_net_create(&net, path, CAFFE_TEST, NULL), CAFFE_PARSE, "bad.prototxt:4:3");
  CHECK(strstr(caffe_last_error(), "\"typ\"") != NULL);
  CHECK(strstr(caffe_last_error(), "\"type\"") != NULL);
  text =
      "layer { name: \"in\" type: \"Input\" top: \"x\" input_param { shape { dim: 1 } } }\n"
      "layer { name: \"r\" type: \"ReLU\" bottom: \"y\" top: \"z\" }\n";
  CHECK_FAILS(caffe_net_create_from_text(&net, text, CAFFE_TEST, NULL), CAFFE_INVALID_ARGUMENT,
              "layer \"r\" (ReLU)");
  CHECK(strstr(caffe_last_error(), "\"y\"") != NULL);
  CHECK_FAILS(
      caffe_net_create_from_text(&net, "layer { name: \"q\" type: \"Relu\" }", CAFFE_TEST, NULL),
      CAFFE_NOT_FOUND, "did you mean \"ReLU\"?");
  CHECK(net == NULL);
}

TEST(net_options) {
  caffe_net* net = NULL;
  caffe_layer* layer;
  const char* staged =
      "layer { name: \"in\" type: \"Input\" top: \"x\" input_param { shape { dim: 1 } } }\n"
      "layer { name: \"r\" type: \"ReLU\" bottom: \"x\" top: \"y\"\n"
      "        include { stage: \"deploy\" min_level: 2 } }\n";
  CHECK_OK(caffe_net_create_from_text(&net, staged, CAFFE_TEST, NULL));
  CHECK_FAILS(caffe_net_layer_by_name(&layer, net, "r"), CAFFE_NOT_FOUND, "\"r\"");
  caffe_net_destroy(net);
  CHECK_OK(caffe_net_create_from_text(&net, staged, CAFFE_TEST, "level: 2 stage: \"deploy\""));
  CHECK_OK(caffe_net_layer_by_name(&layer, net, "r"));
  caffe_net_destroy(net);
  CHECK_OK(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, ""));
  caffe_net_destroy(net);
  CHECK_OK(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, "backend: \"reference\""));
  caffe_net_destroy(net);
  CHECK_OK(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, "device: \"cpu\""));
  caffe_net_destroy(net);
}

TEST(net_options_are_refused_with_their_place) {
  caffe_net* net = NULL;
  CHECK_FAILS(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, "stage: \"a\"\nleve: 1"),
              CAFFE_PARSE, "options:2:1");
  CHECK(strstr(caffe_last_error(), "\"level\"") != NULL);
  CHECK_FAILS(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, "backend: \"cpuu\""),
              CAFFE_NOT_FOUND, "\"cpuu\"");
  CHECK_FAILS(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, "device: \"cuda:99\""),
              CAFFE_UNSUPPORTED, "\"cuda:99\"");
  CHECK_FAILS(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, "weights: \"no.caffemodel\""),
              CAFFE_IO, "no.caffemodel");
  CHECK_FAILS(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, "threads: 1025"),
              CAFFE_INVALID_ARGUMENT, "threads is 1025");
  CHECK(net == NULL);
}

TEST(net_lenient_takes_unknown_fields) {
  caffe_net* net = NULL;
  const char* text = "name: \"x\" new_field: 3";
  CHECK_FAILS(caffe_net_create_from_text(&net, text, CAFFE_TEST, NULL), CAFFE_PARSE, "new_field");
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_NONE));
  CHECK_OK(caffe_net_create_from_text(&net, text, CAFFE_TEST, "lenient: true"));
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_WARNING));
  caffe_net_destroy(net);
}

TEST(net_seed_is_its_own) {
  caffe_net *one = NULL, *two = NULL;
  caffe_blob *a, *b;
  const float *x, *y;
  CHECK_OK(caffe_net_create_from_text(&one, kSmallNet, CAFFE_TEST, "seed: 5"));
  CHECK_OK(caffe_net_create_from_text(&two, kSmallNet, CAFFE_TEST, "seed: 5"));
  CHECK_OK(caffe_net_param(&a, one, 0));
  CHECK_OK(caffe_net_param(&b, two, 0));
  CHECK_OK(caffe_blob_data(&x, a));
  CHECK_OK(caffe_blob_data(&y, b));
  CHECK(memcmp(x, y, 12 * sizeof *x) == 0);
  caffe_net_destroy(one);
  caffe_net_destroy(two);
}

TEST(net_empty_runs) {
  caffe_net* net = make_net("", CAFFE_TEST);
  float loss = 1;
  int64_t count = -1;
  CHECK_OK(caffe_net_layer_count(&count, net));
  CHECK(count == 0);
  CHECK_OK(caffe_net_forward(&loss, net));
  CHECK(loss == 0);
  CHECK_OK(caffe_net_backward(net));
  CHECK_FAILS(caffe_net_forward_from_to(NULL, net, 0, 0), CAFFE_NOT_FOUND, "0 layers");
  caffe_net_destroy(net);
}

TEST(net_prototxt_makes_the_same_net) {
  caffe_net *net = make_net(kSmallNet, CAFFE_TEST), *again = NULL;
  char *text = NULL, *same = NULL;
  CHECK_OK(caffe_net_prototxt(&text, net));
  CHECK(strstr(text, "name: \"small\"\n") == text);
  CHECK_OK(caffe_net_create_from_text(&again, text, CAFFE_TEST, NULL));
  CHECK_OK(caffe_net_prototxt(&same, again));
  CHECK(strcmp(text, same) == 0);
  caffe_free(text);
  caffe_free(same);
  caffe_net_destroy(net);
  caffe_net_destroy(again);
}

TEST(net_parts) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_layer* layer;
  caffe_blob* blob;
  const char* name;
  int64_t value = -1;
  float lr, decay, weight;
  CHECK_OK(caffe_net_layer_count(&value, net));
  CHECK(value == 4);
  CHECK_OK(caffe_net_layer_index(&value, net, "relu"));
  CHECK(value == 2);
  CHECK_OK(caffe_net_layer(&layer, net, 1));
  CHECK_OK(caffe_layer_name(&name, layer));
  CHECK(strcmp(name, "ip") == 0);
  CHECK_OK(caffe_net_blob_count(&value, net));
  CHECK(value == 3);
  CHECK_OK(caffe_net_blob_name(&name, net, 2));
  CHECK(strcmp(name, "prob") == 0);
  CHECK_OK(caffe_net_blob_index(&value, net, "ip"));
  CHECK(value == 1);
  CHECK_OK(caffe_net_layer_bottom_count(&value, net, 0));
  CHECK(value == 0);
  CHECK_OK(caffe_net_layer_bottom_count(&value, net, 3));
  CHECK(value == 1);
  CHECK_OK(caffe_net_layer_bottom(&value, net, 3, 0));
  CHECK(value == 1);
  CHECK_OK(caffe_net_layer_top_count(&value, net, 3));
  CHECK(value == 1);
  CHECK_OK(caffe_net_layer_top(&value, net, 3, 0));
  CHECK(value == 2);
  CHECK_OK(caffe_net_input_count(&value, net));
  CHECK(value == 1);
  CHECK_OK(caffe_net_input_index(&value, net, 0));
  CHECK(value == 0);
  CHECK_OK(caffe_net_output_count(&value, net));
  CHECK(value == 1);
  CHECK_OK(caffe_net_output_index(&value, net, 0));
  CHECK(value == 2);
  CHECK_OK(caffe_net_output(&blob, net, 0));
  CHECK_OK(caffe_blob_dim(&value, blob, -1));
  CHECK(value == 4);
  CHECK_OK(caffe_net_param_count(&value, net));
  CHECK(value == 2);
  CHECK_OK(caffe_net_param(&blob, net, 1));
  CHECK_OK(caffe_blob_count(&value, blob));
  CHECK(value == 4);
  CHECK_OK(caffe_net_param_multipliers(&lr, &decay, net, 1));
  CHECK(lr == 2 && decay == 0);
  CHECK_OK(caffe_net_param_multipliers(NULL, NULL, net, 0));
  CHECK_OK(caffe_net_blob_loss_weight(&weight, net, 2));
  CHECK(weight == 0);
  caffe_net_destroy(net);
}

TEST(net_indices_are_checked) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_layer* layer;
  caffe_blob* blob;
  const char* name;
  int64_t i, value;
  float weight;
  for (i = -1; i <= 4; i += 5) {
    CHECK_FAILS(caffe_net_layer(&layer, net, i), CAFFE_NOT_FOUND, "layer");
    CHECK_FAILS(caffe_net_layer_bottom_count(&value, net, i), CAFFE_NOT_FOUND, "layer");
    CHECK_FAILS(caffe_net_layer_bottom(&value, net, i, 0), CAFFE_NOT_FOUND, "layer");
    CHECK_FAILS(caffe_net_layer_bottom(&value, net, 1, i), CAFFE_NOT_FOUND, "\"ip\" has no bottom");
    CHECK_FAILS(caffe_net_layer_top_count(&value, net, i), CAFFE_NOT_FOUND, "layer");
    CHECK_FAILS(caffe_net_layer_top(&value, net, i, 0), CAFFE_NOT_FOUND, "layer");
    CHECK_FAILS(caffe_net_layer_top(&value, net, 1, i), CAFFE_NOT_FOUND, "\"ip\" has no top");
    CHECK_FAILS(caffe_net_blob(&blob, net, i), CAFFE_NOT_FOUND, "blob");
    CHECK_FAILS(caffe_net_blob_name(&name, net, i), CAFFE_NOT_FOUND, "blob");
    CHECK_FAILS(caffe_net_blob_loss_weight(&weight, net, i), CAFFE_NOT_FOUND, "blob");
    CHECK_FAILS(caffe_net_input(&blob, net, i), CAFFE_NOT_FOUND, "input");
    CHECK_FAILS(caffe_net_input_index(&value, net, i), CAFFE_NOT_FOUND, "input");
    CHECK_FAILS(caffe_net_output(&blob, net, i), CAFFE_NOT_FOUND, "output");
    CHECK_FAILS(caffe_net_output_index(&value, net, i), CAFFE_NOT_FOUND, "output");
    CHECK_FAILS(caffe_net_param(&blob, net, i), CAFFE_NOT_FOUND, "parameter");
    CHECK_FAILS(caffe_net_param_multipliers(NULL, NULL, net, i), CAFFE_NOT_FOUND, "parameter");
    CHECK_FAILS(caffe_net_forward_from_to(NULL, net, i, 3), CAFFE_NOT_FOUND, "first is");
    CHECK_FAILS(caffe_net_forward_from_to(NULL, net, 0, i), CAFFE_NOT_FOUND, "last is");
    CHECK_FAILS(caffe_net_backward_from_to(net, i, 0), CAFFE_NOT_FOUND, "first is");
    CHECK_FAILS(caffe_net_backward_from_to(net, 3, i), CAFFE_NOT_FOUND, "last is");
  }
  CHECK_FAILS(caffe_net_forward_from_to(NULL, net, 2, 1), CAFFE_INVALID_ARGUMENT, "comes after");
  CHECK_FAILS(caffe_net_backward_from_to(net, 1, 2), CAFFE_INVALID_ARGUMENT, "comes before");
  caffe_net_destroy(net);
}

TEST(net_names_are_looked_for) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_layer* layer;
  caffe_blob* blob;
  int64_t index;
  CHECK_FAILS(caffe_net_layer_by_name(&layer, net, "rulu"), CAFFE_NOT_FOUND, "\"relu\"?");
  CHECK_FAILS(caffe_net_layer_index(&index, net, ""), CAFFE_NOT_FOUND, "no layer \"\"");
  CHECK_FAILS(caffe_net_blob_by_name(&blob, net, "prub"), CAFFE_NOT_FOUND, "\"prob\"?");
  CHECK_FAILS(caffe_net_blob_index(&index, net, "zzz"), CAFFE_NOT_FOUND, "no blob \"zzz\"");
  caffe_net_destroy(net);
}

TEST(net_forward_computes) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_blob *weights, *bias, *prob;
  float *w, *b, row[3] = {1, 2, 3}, sum = 0, loss = 5, expected[4];
  const float* out;
  int i, j;
  CHECK_OK(caffe_net_param(&weights, net, 0));
  CHECK_OK(caffe_net_param(&bias, net, 1));
  CHECK_OK(caffe_blob_mutable_data(&w, weights));
  CHECK_OK(caffe_blob_mutable_data(&b, bias));
  for (i = 0; i < 12; ++i) w[i] = 0.1f * (float)(i - 5);
  for (i = 0; i < 4; ++i) b[i] = 0.5f;
  fill_input(net, 0, 1, 1);
  CHECK_OK(caffe_net_forward(&loss, net));
  CHECK(loss == 0);
  CHECK_OK(caffe_net_output(&prob, net, 0));
  CHECK_OK(caffe_blob_data(&out, prob));
  for (i = 0; i < 4; ++i) {
    float x = 0.5f;
    for (j = 0; j < 3; ++j) x += 0.1f * (float)(i * 3 + j - 5) * row[j];
    expected[i] = expf(x > 0 ? x : 0);
    sum += expected[i];
  }
  for (i = 0; i < 4; ++i) CHECK(fabsf(out[i] - expected[i] / sum) < 1e-5f);
  caffe_net_destroy(net);
}

TEST(net_backward_adds_gradients) {
  caffe_net* net = make_net(kLossNet, CAFFE_TRAIN);
  caffe_blob *bias, *ip, *target;
  const float *diff, *y, *t;
  float loss, expected = 0, weight;
  int64_t index;
  int i;
  fill_input(net, 0, 0, 0.5f);
  fill_input(net, 1, 1, 0);
  CHECK_OK(caffe_net_forward(&loss, net));
  CHECK_OK(caffe_net_blob_index(&index, net, "loss"));
  CHECK_OK(caffe_net_blob_loss_weight(&weight, net, index));
  CHECK(weight == 2);
  CHECK_OK(caffe_net_blob_by_name(&ip, net, "ip"));
  CHECK_OK(caffe_net_input(&target, net, 1));
  CHECK_OK(caffe_blob_data(&y, ip));
  CHECK_OK(caffe_blob_data(&t, target));
  for (i = 0; i < 8; ++i) expected += (y[i] - t[i]) * (y[i] - t[i]) / 2 / 2;
  CHECK(fabsf(loss - 2 * expected) < 1e-4f * (1 + loss));

  CHECK_OK(caffe_net_param(&bias, net, 1));
  CHECK_OK(caffe_net_backward(net));
  CHECK_OK(caffe_blob_diff(&diff, bias));
  expected = (y[0] - t[0]) + (y[4] - t[4]);
  CHECK(fabsf(diff[0] - expected) < 1e-4f * (1 + fabsf(expected)));
  CHECK_OK(caffe_net_backward(net));
  CHECK_OK(caffe_blob_diff(&diff, bias));
  CHECK(fabsf(diff[0] - 2 * expected) < 1e-4f * (1 + fabsf(expected)));
  CHECK_OK(caffe_net_clear_param_diffs(net));
  CHECK_OK(caffe_blob_diff(&diff, bias));
  CHECK(diff[0] == 0);
  caffe_net_destroy(net);
}

TEST(net_runs_in_parts) {
  caffe_net* net = make_net(kLossNet, CAFFE_TRAIN);
  caffe_blob *ip, *bias;
  float *values, loss = -1;
  const float* diff;
  int i;
  fill_input(net, 0, 1, 1);
  fill_input(net, 1, 0, 0);
  CHECK_OK(caffe_net_forward_from_to(&loss, net, 0, 1));
  CHECK(loss == 0);
  CHECK_OK(caffe_net_blob_by_name(&ip, net, "ip"));
  CHECK_OK(caffe_blob_mutable_data(&values, ip));
  for (i = 0; i < 8; ++i) values[i] = 1;
  CHECK_OK(caffe_net_forward_from_to(&loss, net, 2, 2));
  CHECK(fabsf(loss - 4) < 1e-5f);
  CHECK_OK(caffe_net_backward_from_to(net, 2, 2));
  CHECK_OK(caffe_blob_diff(&diff, ip));
  CHECK(fabsf(diff[0] - 1) < 1e-5f);
  CHECK_OK(caffe_net_param(&bias, net, 1));
  CHECK_OK(caffe_blob_diff(&diff, bias));
  CHECK(diff[0] == 0);
  CHECK_OK(caffe_net_backward_from_to(net, 1, 0));
  CHECK_OK(caffe_blob_diff(&diff, bias));
  CHECK(fabsf(diff[0] - 2) < 1e-5f);
  caffe_net_destroy(net);
}

TEST(net_force_backward_reaches_inputs) {
  caffe_net* net = NULL;
  caffe_blob* data;
  const float* diff;
  int i, forced, nonzero;
  for (forced = 0; forced < 2; ++forced) {
    CHECK_OK(caffe_net_create_from_text(&net, kLossNet, CAFFE_TRAIN,
                                        forced ? "force_backward: true" : NULL));
    fill_input(net, 0, 1, 1);
    CHECK_OK(caffe_net_forward(NULL, net));
    CHECK_OK(caffe_net_backward(net));
    CHECK_OK(caffe_net_input(&data, net, 0));
    CHECK_OK(caffe_blob_diff(&diff, data));
    for (i = 0, nonzero = 0; i < 6; ++i) nonzero += diff[i] != 0;
    CHECK((nonzero > 0) == forced);
    caffe_net_destroy(net);
  }
}

TEST(net_follows_its_inputs_shape) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_blob *data, *prob;
  const int64_t more[2] = {5, 3}, wrong[2] = {5, 4};
  int64_t rows;
  CHECK_OK(caffe_net_input(&data, net, 0));
  CHECK_OK(caffe_net_output(&prob, net, 0));
  CHECK_OK(caffe_blob_reshape(data, 2, more));
  CHECK_OK(caffe_net_reshape(net));
  CHECK_OK(caffe_blob_dim(&rows, prob, 0));
  CHECK(rows == 5);
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_blob_reshape(data, 2, wrong));
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_SHAPE, "layer \"ip\" (InnerProduct)");
  CHECK_FAILS(caffe_net_reshape(net), CAFFE_SHAPE, "layer \"ip\"");
  CHECK_OK(caffe_blob_reshape(data, 2, more));
  CHECK_OK(caffe_net_forward(NULL, net));
  caffe_net_destroy(net);
}

TEST(net_device_moves) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  const char* name = NULL;
  CHECK_OK(caffe_net_set_device(net, "cpu"));
  CHECK_OK(caffe_net_device(&name, net));
  CHECK(strcmp(name, "cpu") == 0);
  CHECK_FAILS(caffe_net_device(NULL, net), CAFFE_INVALID_ARGUMENT, "name is NULL");
  CHECK_FAILS(caffe_net_set_device(net, "cuda:77"), CAFFE_UNSUPPORTED, "\"cuda:77\"");
  CHECK_FAILS(caffe_net_set_device(net, "tpu"), CAFFE_INVALID_ARGUMENT, "\"tpu\"");
  CHECK_OK(caffe_net_forward(NULL, net));
  caffe_net_destroy(net);
}

TEST(net_with_layers_in_python) {
  caffe_net* net = NULL;
  CHECK_FAILS(caffe_net_create_from_text(
                  &net, "layer { name: \"p\" type: \"Python\" python_param { layer: \"L\" } }",
                  CAFFE_TEST, NULL),
              CAFFE_UNSUPPORTED, "python -m caffe");
}
