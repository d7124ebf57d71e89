/* A program as it was written and compiled for version 2.0: layers of its own, a plugin of that
 * time, callbacks, pins, training, a database of its own. */
#include <stdint.h>
#include <string.h>

#include "caffe.h"
#include "support/check.h"

static const char* const kText =
    "layer { name: \"in\" type: \"Input\" top: \"x\" input_param { shape { dim: 1 dim: 3 } } }\n"
    "layer { name: \"own\" type: \"Abi20Shifted\" bottom: \"x\" top: \"y\" }\n"
    "layer { name: \"plugin\" type: \"Abi20Tripled\" bottom: \"y\" top: \"z\" }\n";

static struct {
  int created, destroyed, passes;
} count;

static caffe_status create(void** state, caffe_layer* layer, void* user) {
  static const int64_t dims[] = {1};
  *state = user;
  ++count.created;
  return caffe_layer_add_blob(NULL, layer, 1, dims, "value: 0.5");
}

static void destroy(void* state, void* user) {
  if (state == user) ++count.destroyed;
}

static caffe_status reshape(void* state, caffe_layer* layer, void* user) {
  static const int64_t dims[] = {1, 3};
  caffe_blob* top;
  caffe_status status = caffe_layer_top(&top, layer, 0);
  (void)state;
  (void)user;
  return status == CAFFE_OK ? caffe_blob_reshape(top, 2, dims) : status;
}

static caffe_status forward(void* state, caffe_layer* layer, void* user) {
  caffe_blob *bottom, *top, *shift;
  const float *x, *by;
  float* y;
  int i;
  (void)state;
  (void)user;
  if (caffe_layer_bottom(&bottom, layer, 0) || caffe_layer_top(&top, layer, 0) ||
      caffe_layer_blob(&shift, layer, 0) || caffe_blob_data(&x, bottom) ||
      caffe_blob_data(&by, shift) || caffe_blob_mutable_data(&y, top)) {
    return CAFFE_CALLBACK;
  }
  for (i = 0; i < 3; ++i) y[i] = x[i] + by[0];
  return CAFFE_OK;
}

static caffe_status on_event(caffe_net* net, int event, int64_t layer, void* user) {
  (void)net;
  (void)layer;
  if (event == CAFFE_NET_AFTER_FORWARD) ++*(int*)user;
  return CAFFE_OK;
}

static void register_own(void) {
  static int registered = 0;
  caffe_layer_callbacks table;
  if (registered++) return;
  memset(&table, 0, sizeof table);
  table.size = sizeof table;
  table.min_bottoms = table.max_bottoms = 1;
  table.min_tops = table.max_tops = 1;
  table.create = create;
  table.destroy = destroy;
  table.reshape = reshape;
  table.forward = forward;
  CHECK_OK(caffe_layer_register("Abi20Shifted", &table, &count));
}

TEST(abi_2_0_layers_of_its_own_and_of_a_plugin) {
  static const float values[] = {1, 2, 3};
  caffe_net* net;
  caffe_blob *in, *out;
  caffe_pin* pin;
  float *held, results[3];
  int i;
  register_own();
  CHECK_OK(caffe_plugin_load(ABI_PLUGIN));
  CHECK_OK(caffe_net_create_from_text(&net, kText, CAFFE_TEST, "seed: 1"));
  CHECK_OK(caffe_net_add_callback(net, on_event, &count.passes));
  CHECK_OK(caffe_net_input(&in, net, 0));
  CHECK_OK(caffe_net_output(&out, net, 0));
  CHECK_OK(caffe_blob_set_data(in, values, 3));
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_blob_get_data(results, out, 3));
  for (i = 0; i < 3; ++i) CHECK(results[i] == 3 * (values[i] + 0.5f));
  CHECK_OK(caffe_blob_pin(&pin, in, CAFFE_DATA));
  CHECK_OK(caffe_pin_values(&held, pin));
  held[1] = 9;
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_blob_get_data(results, out, 3));
  CHECK(results[1] == 3 * 9.5f);
  CHECK(count.passes == 6);
  caffe_pin_destroy(pin);
  caffe_net_destroy(net);
  CHECK(count.created == 1 && count.destroyed == 1);
}

TEST(abi_2_0_errors) {
  caffe_net* net = NULL;
  CHECK(caffe_net_create_from_text(&net, "layer {", CAFFE_TEST, NULL) == CAFFE_PARSE);
  CHECK(net == NULL && caffe_last_error()[0] != '\0');
  CHECK(strcmp(caffe_status_name(CAFFE_STATE), "CAFFE_STATE") == 0);
  CHECK(caffe_version_number() / 10000 == CAFFE_VERSION_MAJOR);
}

static caffe_status stop_at(caffe_solver* solver, int event, void* user) {
  return event == CAFFE_SOLVER_AFTER_STEP && --*(int*)user == 0 ? caffe_solver_request_stop(solver)
                                                               : CAFFE_OK;
}

TEST(abi_2_0_training) {
  caffe_solver* solver;
  int64_t iter;
  int left = 2;
  CHECK_OK(caffe_solver_create_from_text(
            &solver,
            "base_lr: 0.1 lr_policy: \"fixed\" net_param {\n"
            "  layer { name: \"data\" type: \"DummyData\" top: \"x\" top: \"t\"\n"
            "    dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 1 } } }\n"
            "  layer { name: \"ip\" type: \"InnerProduct\" bottom: \"x\" top: \"y\"\n"
            "    inner_product_param { num_output: 1 weight_filler { value: 1 } } }\n"
            "  layer { name: \"loss\" type: \"EuclideanLoss\" bottom: \"y\" bottom: \"t\"\n"
            "    top: \"loss\" } }\n",
            NULL));
  CHECK_OK(caffe_solver_add_callback(solver, stop_at, &left));
  CHECK_OK(caffe_solver_step(solver, 10));
  CHECK_OK(caffe_solver_iter(&iter, solver));
  CHECK(iter == 2);
  caffe_solver_destroy(solver);
}

/* One record: an image of one pixel, 7, with the label 3. */
static caffe_status open_one(void** reader, const char* path, void* user) {
  *reader = user;
  return strcmp(path, "there") == 0 ? CAFFE_OK : CAFFE_NOT_FOUND;
}

static caffe_status count_one(int64_t* records, void* reader, void* user) {
  (void)reader;
  (void)user;
  *records = 1;
  return CAFFE_OK;
}

static caffe_status read_one(const void** bytes, int64_t* size, void* reader, int64_t index,
                             void* user) {
  static const unsigned char datum[] = {8, 1, 16, 1, 24, 1, 34, 1, 7, 40, 3};
  *bytes = datum;
  *size = sizeof datum;
  return index == 0 && reader == user ? CAFFE_OK : CAFFE_NOT_FOUND;
}

TEST(abi_2_0_database_of_its_own) {
  caffe_database_callbacks table;
  caffe_net* net;
  caffe_blob* blob;
  float value;
  memset(&table, 0, sizeof table);
  table.size = sizeof table;
  table.open = open_one;
  table.count = count_one;
  table.read = read_one;
  CHECK_OK(caffe_database_register("abi20", &table, &table));
  CHECK_OK(caffe_net_create_from_text(
      &net,
      "layer { name: \"d\" type: \"Data\" top: \"x\" top: \"y\"\n"
      "        data_param { source: \"abi20://there\" batch_size: 1 } }",
      CAFFE_TEST, NULL));
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_net_blob_by_name(&blob, net, "x"));
  CHECK_OK(caffe_blob_get_data(&value, blob, 1));
  CHECK(value == 7);
  CHECK_OK(caffe_net_blob_by_name(&blob, net, "y"));
  CHECK_OK(caffe_blob_get_data(&value, blob, 1));
  CHECK(value == 3);
  caffe_net_destroy(net);
}
