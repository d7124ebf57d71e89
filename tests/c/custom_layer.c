/* Layers of a program's own, through the table of callbacks. */
#include "c/api.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* y = w * x + b with one weight and one bias for all values: parameters, a gradient, a state. */
struct affine {
  int forwards;
};

static int affine_alive;

static caffe_status affine_create(void** state, caffe_layer* layer, void* user) {
  const int64_t one[1] = {1};
  caffe_blob* blob;
  caffe_status status;
  (void)user;
  status = caffe_layer_add_blob(&blob, layer, 1, one, "type: \"constant\" value: 0.5");
  if (status == CAFFE_OK) status = caffe_layer_add_blob(NULL, layer, 1, one, NULL);
  if (status != CAFFE_OK) return status;
  *state = calloc(1, sizeof(struct affine));
  ++affine_alive;
  return CAFFE_OK;
}

static void affine_destroy(void* state, void* user) {
  (void)user;
  free(state);
  --affine_alive;
}

static caffe_status affine_forward(void* state, caffe_layer* layer, void* user) {
  struct affine* affine = state;
  caffe_blob *bottom, *top, *weight, *bias;
  const float *x, *w, *b;
  float* y;
  int64_t count, i;
  (void)user;
  ++affine->forwards;
  if (caffe_layer_bottom(&bottom, layer, 0) || caffe_layer_top(&top, layer, 0) ||
      caffe_layer_blob(&weight, layer, 0) || caffe_layer_blob(&bias, layer, 1) ||
      caffe_blob_count(&count, bottom) || caffe_blob_data(&x, bottom) ||
      caffe_blob_data(&w, weight) || caffe_blob_data(&b, bias) ||
      caffe_blob_mutable_data(&y, top)) {
    return CAFFE_INTERNAL;
  }
  for (i = 0; i < count; ++i) y[i] = w[0] * x[i] + b[0];
  return CAFFE_OK;
}

static caffe_status affine_backward(void* state, caffe_layer* layer, void* user) {
  caffe_blob *bottom, *top, *weight, *bias;
  const float *x, *w, *dy;
  float *dx, *dw, *db;
  int64_t count, i;
  int wanted, learns_weight, learns_bias;
  (void)state;
  (void)user;
  if (caffe_layer_bottom(&bottom, layer, 0) || caffe_layer_top(&top, layer, 0) ||
      caffe_layer_blob(&weight, layer, 0) || caffe_layer_blob(&bias, layer, 1) ||
      caffe_blob_count(&count, bottom) || caffe_blob_data(&x, bottom) ||
      caffe_blob_data(&w, weight) || caffe_blob_diff(&dy, top) ||
      caffe_layer_propagate_down(&wanted, layer, 0) ||
      caffe_layer_param_propagate_down(&learns_weight, layer, 0) ||
      caffe_layer_param_propagate_down(&learns_bias, layer, 1)) {
    return CAFFE_INTERNAL;
  }
  if (learns_weight) {
    if (caffe_blob_mutable_diff(&dw, weight)) return CAFFE_INTERNAL;
    for (i = 0; i < count; ++i) dw[0] += dy[i] * x[i];
  }
  if (learns_bias) {
    if (caffe_blob_mutable_diff(&db, bias)) return CAFFE_INTERNAL;
    for (i = 0; i < count; ++i) db[0] += dy[i];
  }
  if (wanted) {
    if (caffe_blob_mutable_diff(&dx, bottom)) return CAFFE_INTERNAL;
    for (i = 0; i < count; ++i) dx[i] = dy[i] * w[0];
  }
  return CAFFE_OK;
}

static caffe_layer_callbacks affine_table(void) {
  caffe_layer_callbacks table;
  memset(&table, 0, sizeof table);
  table.size = sizeof table;
  table.min_bottoms = table.max_bottoms = 1;
  table.min_tops = table.max_tops = 1;
  table.create = affine_create;
  table.destroy = affine_destroy;
  table.reshape = same_shape;
  table.forward = affine_forward;
  table.backward = affine_backward;
  return table;
}

/* Registers "TestAffine", the first time it is called. */
static void need_affine(void) {
  static int registered;
  const caffe_layer_callbacks table = affine_table();
  if (registered) return;
  CHECK_OK(caffe_layer_register("TestAffine", &table, NULL));
  registered = 1;
}

static const char* const kAffineNet =
    "layer { name: \"data\" type: \"Input\" top: \"x\" top: \"t\"\n"
    "        input_param { shape { dim: 4 dim: 2 } } }\n"
    "layer { name: \"affine\" type: \"TestAffine\" bottom: \"x\" top: \"y\" }\n"
    "layer { name: \"loss\" type: \"EuclideanLoss\" bottom: \"y\" bottom: \"t\" top: \"loss\" }\n";

TEST(custom_layer_computes_and_has_parameters) {
  caffe_net* net;
  caffe_layer* layer;
  caffe_blob* y;
  const float* values;
  const char* type;
  int64_t count;
  const int before = affine_alive;
  need_affine();
  net = make_net(kAffineNet, CAFFE_TRAIN);
  CHECK(affine_alive == before + 1);
  fill_input(net, 0, 1, 1);
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_net_blob_by_name(&y, net, "y"));
  CHECK_OK(caffe_blob_data(&values, y));
  CHECK(values[0] == 0.5f && values[7] == 4);
  CHECK_OK(caffe_net_param_count(&count, net));
  CHECK(count == 2);
  CHECK_OK(caffe_net_layer_by_name(&layer, net, "affine"));
  CHECK_OK(caffe_layer_type(&type, layer));
  CHECK(strcmp(type, "TestAffine") == 0);
  caffe_net_destroy(net);
  CHECK(affine_alive == before);
}

TEST(custom_layer_sees_what_an_optimized_net_hides) {
  caffe_net* net;
  caffe_blob* y;
  const float* values;
  float loss;
  need_affine();
  CHECK_OK(caffe_net_create_from_text(&net, kAffineNet, CAFFE_TEST, "optimize: true"));
  fill_input(net, 0, 1, 1);
  CHECK_OK(caffe_net_forward(&loss, net));
  CHECK(loss == 6.375f); /* 0.5 * 0.5 * (1 + 4 + ... + 64) / (2 * 4) */
  CHECK_OK(caffe_net_blob_by_name(&y, net, "y"));
  CHECK_FAILS(caffe_blob_data(&values, y), CAFFE_STATE, "made with `optimize`");
  caffe_net_destroy(net);
}

/* Plain gradient descent on t = 3 x - 1. */
TEST(custom_layer_learns) {
  caffe_net* net;
  caffe_blob *target, *params[2];
  float *values, loss = 0;
  const float* diff;
  int i, step;
  need_affine();
  net = make_net(kAffineNet, CAFFE_TRAIN);
  fill_input(net, 0, -1, 0.25f);
  CHECK_OK(caffe_net_input(&target, net, 1));
  CHECK_OK(caffe_blob_mutable_data(&values, target));
  for (i = 0; i < 8; ++i) values[i] = 3 * (-1 + 0.25f * (float)i) - 1;
  for (i = 0; i < 2; ++i) CHECK_OK(caffe_net_param(&params[i], net, i));
  for (step = 0; step < 300; ++step) {
    CHECK_OK(caffe_net_clear_param_diffs(net));
    CHECK_OK(caffe_net_forward(&loss, net));
    CHECK_OK(caffe_net_backward(net));
    for (i = 0; i < 2; ++i) {
      CHECK_OK(caffe_blob_diff(&diff, params[i]));
      CHECK_OK(caffe_blob_mutable_data(&values, params[i]));
      values[0] -= 0.3f * diff[0];
    }
  }
  CHECK(loss < 1e-6f);
  CHECK_OK(caffe_blob_mutable_data(&values, params[0]));
  CHECK(fabsf(values[0] - 3) < 1e-2f);
  CHECK_OK(caffe_blob_mutable_data(&values, params[1]));
  CHECK(fabsf(values[0] + 1) < 1e-2f);
  caffe_net_destroy(net);
}

TEST(custom_layer_frozen_and_forced) {
  static const char* const frozen =
      "layer { name: \"data\" type: \"Input\" top: \"x\" top: \"t\"\n"
      "        input_param { shape { dim: 4 dim: 2 } } }\n"
      "layer { name: \"affine\" type: \"TestAffine\" bottom: \"x\" top: \"y\"\n"
      "        param { lr_mult: 0 } param { lr_mult: 1 } }\n"
      "layer { name: \"loss\" type: \"EuclideanLoss\" bottom: \"y\" bottom: \"t\" top: \"loss\" "
      "}\n";
  caffe_net* net;
  caffe_blob* x;
  caffe_layer* layer;
  caffe_blob *weight, *bias;
  const float* diff;
  need_affine();
  net = make_net(frozen, CAFFE_TRAIN);
  fill_input(net, 0, 1, 1);
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_net_backward(net));
  CHECK_OK(caffe_net_layer_by_name(&layer, net, "affine"));
  CHECK_OK(caffe_layer_blob(&weight, layer, 0));
  CHECK_OK(caffe_layer_blob(&bias, layer, 1));
  CHECK_OK(caffe_blob_diff(&diff, weight));
  CHECK(diff[0] == 0);
  CHECK_OK(caffe_blob_diff(&diff, bias));
  CHECK(diff[0] != 0);
  CHECK_OK(caffe_net_input(&x, net, 0));
  CHECK_OK(caffe_blob_diff(&diff, x));
  CHECK(diff[0] == 0);
  caffe_net_destroy(net);

  CHECK_OK(caffe_net_create_from_text(&net, kAffineNet, CAFFE_TRAIN, "force_backward: true"));
  fill_input(net, 0, 1, 1);
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_net_backward(net));
  CHECK_OK(caffe_net_input(&x, net, 0));
  CHECK_OK(caffe_blob_diff(&diff, x));
  CHECK(diff[0] != 0);
  caffe_net_destroy(net);
}

TEST(custom_layer_weights_are_saved_and_cloned) {
  caffe_net *one, *two, *clone = NULL;
  caffe_blob* blob;
  float* values;
  const float* read;
  const char* path = scratch("affine.caffemodel");
  need_affine();
  one = make_net(kAffineNet, CAFFE_TEST);
  two = make_net(kAffineNet, CAFFE_TEST);
  CHECK_OK(caffe_net_param(&blob, one, 0));
  CHECK_OK(caffe_blob_mutable_data(&values, blob));
  values[0] = 8;
  CHECK_OK(caffe_net_save_weights(one, path, 0));
  CHECK_OK(caffe_net_load_weights(two, path));
  CHECK_OK(caffe_net_clone(&clone, two));
  caffe_net_destroy(one);
  caffe_net_destroy(two);
  CHECK_OK(caffe_net_param(&blob, clone, 0));
  CHECK_OK(caffe_blob_data(&read, blob));
  CHECK(read[0] == 8);
  caffe_net_destroy(clone);
}

TEST(custom_layer_asks_only_inside_a_callback) {
  caffe_net* net;
  caffe_layer* layer;
  caffe_blob* blob;
  int64_t count;
  int wanted;
  const int64_t one[1] = {1};
  const char* names[2] = {"affine", "loss"};
  int i;
  need_affine();
  net = make_net(kAffineNet, CAFFE_TRAIN);
  for (i = 0; i < 2; ++i) {
    CHECK_OK(caffe_net_layer_by_name(&layer, net, names[i]));
    CHECK_FAILS(caffe_layer_bottom_count(&count, layer), CAFFE_STATE, "inside a callback");
    CHECK_FAILS(caffe_layer_bottom(&blob, layer, 0), CAFFE_STATE, names[i]);
    CHECK_FAILS(caffe_layer_top_count(&count, layer), CAFFE_STATE, "inside a callback");
    CHECK_FAILS(caffe_layer_top(&blob, layer, 0), CAFFE_STATE, "inside a callback");
    CHECK_FAILS(caffe_layer_propagate_down(&wanted, layer, 0), CAFFE_STATE, "inside a callback");
    CHECK_FAILS(caffe_layer_param_propagate_down(&wanted, layer, 0), CAFFE_STATE, "callback");
    CHECK_FAILS(caffe_layer_add_blob(&blob, layer, 1, one, NULL), CAFFE_STATE, "callback");
  }
  caffe_net_destroy(net);
}

/* A layer that keeps what it is given and does what `mode` says. */
enum { kNothing, kSayWhy, kSayNothing, kFailInside, kBadIndices, kAddBlob, kRunNet };

static struct probe {
  int mode;
  caffe_layer* layer;
  caffe_blob *bottom, *top;
  caffe_net* net;
  int phase;
  caffe_status inside[8];
} probe;

static caffe_status probe_forward(void* state, caffe_layer* layer, void* user) {
  struct probe* p = user;
  caffe_blob* blob;
  int wanted;
  int64_t count;
  const int64_t one[1] = {1};
  (void)state;
  p->layer = layer;
  if (caffe_layer_bottom(&p->bottom, layer, 0) || caffe_layer_top(&p->top, layer, 0) ||
      caffe_layer_phase(&p->phase, layer)) {
    return CAFFE_INTERNAL;
  }
  switch (p->mode) {
    case kSayWhy:
      caffe_set_error("the probe is tired");
      return 77;
    case kSayNothing:
      return 77;
    case kFailInside:
      return caffe_blob_count(NULL, p->bottom);
    case kBadIndices:
      p->inside[0] = caffe_layer_bottom(&blob, layer, 1);
      p->inside[1] = caffe_layer_top(&blob, layer, -1);
      p->inside[2] = caffe_layer_propagate_down(&wanted, layer, 5);
      p->inside[3] = caffe_layer_param_propagate_down(&wanted, layer, 0);
      p->inside[4] = caffe_layer_blob(&blob, layer, 0);
      p->inside[5] = caffe_layer_bottom_count(&count, layer);
      p->inside[6] = count == 1 ? CAFFE_OK : CAFFE_INTERNAL;
      p->inside[7] = caffe_layer_top_count(&count, layer);
      return CAFFE_OK;
    case kAddBlob:
      return caffe_layer_add_blob(NULL, layer, 1, one, NULL);
    case kRunNet:
      return caffe_net_forward(NULL, p->net);
    default:
      return CAFFE_OK;
  }
}

static caffe_net* make_probe(void) {
  static int registered;
  static const char* const text =
      "layer { name: \"data\" type: \"Input\" top: \"x\" input_param { shape { dim: 1 } } }\n"
      "layer { name: \"probe\" type: \"TestProbe\" bottom: \"x\" top: \"y\" }\n";
  if (!registered) {
    caffe_layer_callbacks table;
    memset(&table, 0, sizeof table);
    table.size = sizeof table;
    table.min_bottoms = 1;
    table.max_bottoms = -1;
    table.min_tops = table.max_tops = 1;
    table.reshape = same_shape;
    table.forward = probe_forward;
    CHECK_OK(caffe_layer_register("TestProbe", &table, &probe));
    registered = 1;
  }
  memset(&probe, 0, sizeof probe);
  return probe.net = make_net(text, CAFFE_TEST);
}

TEST(custom_layer_failures_carry_the_callbacks_words) {
  caffe_net* net = make_probe();
  probe.mode = kSayWhy;
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_CALLBACK, "forward callback: the probe is tired");
  CHECK(strstr(caffe_last_error(), "layer \"probe\" (TestProbe)") != NULL);
  probe.mode = kSayNothing;
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_CALLBACK, "returned 77 without saying why");
  probe.mode = kFailInside;
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_CALLBACK, "caffe_blob_count: count is NULL");
  probe.mode = kAddBlob;
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_CALLBACK, "in `create` only");
  probe.mode = kRunNet;
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_CALLBACK, "this net is running already");
  probe.mode = kNothing;
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK(probe.phase == CAFFE_TEST);
  caffe_net_destroy(net);
}

TEST(custom_layer_handles_end_with_the_callback) {
  caffe_net* net = make_probe();
  int64_t count;
  const char* name;
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_FAILS(caffe_blob_count(&count, probe.bottom), CAFFE_INVALID_ARGUMENT, "has been destroyed");
  CHECK_FAILS(caffe_blob_count(&count, probe.top), CAFFE_INVALID_ARGUMENT, "has been destroyed");
  CHECK_FAILS(caffe_layer_bottom_count(&count, probe.layer), CAFFE_STATE, "inside a callback");
  caffe_net_destroy(net);
  CHECK_FAILS(caffe_layer_name(&name, probe.layer), CAFFE_INVALID_ARGUMENT, "has been destroyed");
}

TEST(custom_layer_indices_are_checked) {
  caffe_net* net = make_probe();
  int i;
  probe.mode = kBadIndices;
  CHECK_OK(caffe_net_forward(NULL, net));
  for (i = 0; i < 5; ++i) CHECK(probe.inside[i] == CAFFE_NOT_FOUND);
  for (i = 5; i < 8; ++i) CHECK(probe.inside[i] == CAFFE_OK);
  caffe_net_destroy(net);
}

TEST(custom_layer_without_backward_has_no_gradient) {
  caffe_net* net = make_probe();
  caffe_net_destroy(net);
  CHECK_OK(caffe_net_create_from_text(
      &net,
      "force_backward: true\n"
      "layer { name: \"data\" type: \"Input\" top: \"x\" input_param { shape { dim: 1 } } }\n"
      "layer { name: \"probe\" type: \"TestProbe\" bottom: \"x\" top: \"y\" loss_weight: 1 }\n",
      CAFFE_TRAIN, NULL));
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_FAILS(caffe_net_backward(net), CAFFE_UNSUPPORTED,
              "a layer of type TestProbe has no gradient");
  caffe_net_destroy(net);
}

TEST(custom_layer_arity_is_checked) {
  caffe_net* net = NULL;
  need_affine();
  CHECK_FAILS(
      caffe_net_create_from_text(
          &net,
          "layer { name: \"a\" type: \"Input\" top: \"x\" top: \"z\" input_param { "
          "shape { dim: 1 } } }\n"
          "layer { name: \"b\" type: \"TestAffine\" bottom: \"x\" bottom: \"z\" top: \"y\" }",
          CAFFE_TEST, NULL),
      CAFFE_INVALID_ARGUMENT, "exactly 1 bottom(s), not 2");
  CHECK(net == NULL);
}

static caffe_status create_fails(void** state, caffe_layer* layer, void* user) {
  (void)layer;
  (void)user;
  *state = NULL;
  caffe_set_error("no room");
  return CAFFE_OUT_OF_MEMORY;
}

static caffe_status create_bad_filler(void** state, caffe_layer* layer, void* user) {
  const int64_t one[1] = {1};
  (void)state;
  (void)user;
  return caffe_layer_add_blob(NULL, layer, 1, one, "type: \"constant\"\nvalu: 3");
}

TEST(custom_layer_that_cannot_be_made) {
  caffe_layer_callbacks table = affine_table();
  caffe_net* net = NULL;
  const int before = affine_alive;
  table.create = create_fails;
  CHECK_OK(caffe_layer_register("TestNoRoom", &table, NULL));
  CHECK_FAILS(
      caffe_net_create_from_text(
          &net,
          "layer { name: \"a\" type: \"Input\" top: \"x\" input_param { shape { dim: 1 } } }\n"
          "layer { name: \"b\" type: \"TestNoRoom\" bottom: \"x\" top: \"y\" }",
          CAFFE_TEST, NULL),
      CAFFE_CALLBACK, "create callback: no room");
  table.create = create_bad_filler;
  CHECK_OK(caffe_layer_register("TestBadFiller", &table, NULL));
  CHECK_FAILS(
      caffe_net_create_from_text(
          &net,
          "layer { name: \"a\" type: \"Input\" top: \"x\" input_param { shape { dim: 1 } } }\n"
          "layer { name: \"b\" type: \"TestBadFiller\" bottom: \"x\" top: \"y\" }",
          CAFFE_TEST, NULL),
      CAFFE_CALLBACK, "filler:2:1");
  CHECK(affine_alive == before);
  CHECK(net == NULL);
}

TEST(custom_layer_tables_are_checked) {
  caffe_layer_callbacks table;
  struct {
    caffe_layer_callbacks known;
    void (*newer)(void);
  } longer;
  need_affine();
  table = affine_table();
  CHECK_FAILS(caffe_layer_register("TestAffine", &table, NULL), CAFFE_INVALID_ARGUMENT,
              "\"TestAffine\" is already registered");
  CHECK_FAILS(caffe_layer_register("ReLU", &table, NULL), CAFFE_INVALID_ARGUMENT, "already");
  CHECK_FAILS(caffe_layer_register("", &table, NULL), CAFFE_INVALID_ARGUMENT, "type is empty");
  table.size = 8;
  CHECK_FAILS(caffe_layer_register("TestBad", &table, NULL), CAFFE_INVALID_ARGUMENT, "size is 8");
  table.size = (size_t)-1;
  CHECK_FAILS(caffe_layer_register("TestBad", &table, NULL), CAFFE_INVALID_ARGUMENT, "size is");
  table = affine_table();
  table.reshape = NULL;
  CHECK_FAILS(caffe_layer_register("TestBad", &table, NULL), CAFFE_INVALID_ARGUMENT,
              "callbacks->reshape is NULL");
  table = affine_table();
  table.forward = NULL;
  CHECK_FAILS(caffe_layer_register("TestBad", &table, NULL), CAFFE_INVALID_ARGUMENT,
              "callbacks->forward is NULL");
  table = affine_table();
  table.min_bottoms = 2;
  CHECK_FAILS(caffe_layer_register("TestBad", &table, NULL), CAFFE_INVALID_ARGUMENT,
              "2 to 1 bottoms");
  table = affine_table();
  table.max_tops = -2;
  CHECK_FAILS(caffe_layer_register("TestBad", &table, NULL), CAFFE_INVALID_ARGUMENT, "tops");

  /* A newer program's longer table: fine while what is new is not used. */
  memset(&longer, 0, sizeof longer);
  longer.known = affine_table();
  longer.known.size = sizeof longer;
  longer.newer = need_affine;
  CHECK_FAILS(caffe_layer_register("TestLonger", &longer.known, NULL), CAFFE_UNSUPPORTED,
              "does not know");
  longer.newer = NULL;
  CHECK_OK(caffe_layer_register("TestLonger", &longer.known, NULL));
}
