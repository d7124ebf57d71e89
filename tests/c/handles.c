/* Every function that takes a handle: NULL, garbage, a handle of another kind and one that has been
 * destroyed are answered with a sentence that names the function and the argument; so is a missing
 * place for the result. */
#include "c/api.h"

#include <stdio.h>
#include <string.h>

static int64_t count_;
static int int_;
static float float_;
static float floats_[8];
static float* values_;
static const float* const_values_;
static const char* name_;
static char* text_;
static caffe_net* net_;
static caffe_layer* layer_;
static caffe_blob* blob_;
static caffe_pin* pin_;
static const int64_t dims_[2] = {2, 3};

static caffe_status no_callback(caffe_solver* solver, int event, void* user) {
  (void)solver;
  (void)event;
  (void)user;
  return CAFFE_OK;
}

/* A call on the handle `h`, and its name. */
#define CALL(type, function, ...)              \
  static caffe_status on_##function(type* h) { \
    return function(__VA_ARGS__);              \
  }
#define ROW(function) {#function, on_##function}

CALL(caffe_net, caffe_net_clone, &net_, h)
CALL(caffe_net, caffe_net_load_weights, h, "no.caffemodel")
CALL(caffe_net, caffe_net_load_weights_from_memory, h, "", 0)
CALL(caffe_net, caffe_net_save_weights, h, "no/such/folder/x.caffemodel", 0)
CALL(caffe_net, caffe_net_share_weights, h, h)
CALL(caffe_net, caffe_net_set_device, h, "cpu")
CALL(caffe_net, caffe_net_device, &name_, h)
CALL(caffe_net, caffe_net_name, &name_, h)
CALL(caffe_net, caffe_net_phase, &int_, h)
CALL(caffe_net, caffe_net_prototxt, &text_, h)
CALL(caffe_net, caffe_net_reshape, h)
CALL(caffe_net, caffe_net_forward, NULL, h)
CALL(caffe_net, caffe_net_forward_from_to, NULL, h, 0, 0)
CALL(caffe_net, caffe_net_backward, h)
CALL(caffe_net, caffe_net_backward_from_to, h, 0, 0)
CALL(caffe_net, caffe_net_clear_param_diffs, h)
CALL(caffe_net, caffe_net_layer_count, &count_, h)
CALL(caffe_net, caffe_net_layer, &layer_, h, 0)
CALL(caffe_net, caffe_net_layer_by_name, &layer_, h, "ip")
CALL(caffe_net, caffe_net_layer_loaded, &int_, h, 1)
CALL(caffe_net, caffe_net_layer_index, &count_, h, "ip")
CALL(caffe_net, caffe_net_layer_bottom_count, &count_, h, 0)
CALL(caffe_net, caffe_net_layer_bottom, &count_, h, 1, 0)
CALL(caffe_net, caffe_net_layer_top_count, &count_, h, 0)
CALL(caffe_net, caffe_net_layer_top, &count_, h, 0, 0)
CALL(caffe_net, caffe_net_blob_count, &count_, h)
CALL(caffe_net, caffe_net_blob, &blob_, h, 0)
CALL(caffe_net, caffe_net_blob_name, &name_, h, 0)
CALL(caffe_net, caffe_net_blob_by_name, &blob_, h, "data")
CALL(caffe_net, caffe_net_blob_index, &count_, h, "data")
CALL(caffe_net, caffe_net_blob_loss_weight, &float_, h, 0)
CALL(caffe_net, caffe_net_input_count, &count_, h)
CALL(caffe_net, caffe_net_input, &blob_, h, 0)
CALL(caffe_net, caffe_net_input_index, &count_, h, 0)
CALL(caffe_net, caffe_net_output_count, &count_, h)
CALL(caffe_net, caffe_net_output, &blob_, h, 0)
CALL(caffe_net, caffe_net_output_index, &count_, h, 0)
CALL(caffe_net, caffe_net_layer_flops, &count_, h, 0)
CALL(caffe_net, caffe_net_param_count, &count_, h)
CALL(caffe_net, caffe_net_param, &blob_, h, 0)
CALL(caffe_net, caffe_net_param_multipliers, &float_, &float_, h, 0)

static const struct {
  const char* name;
  caffe_status (*call)(caffe_net*);
} net_calls[] = {ROW(caffe_net_clone),
                 ROW(caffe_net_load_weights),
                 ROW(caffe_net_load_weights_from_memory),
                 ROW(caffe_net_save_weights),
                 ROW(caffe_net_share_weights),
                 ROW(caffe_net_set_device),
                 ROW(caffe_net_device),
                 ROW(caffe_net_name),
                 ROW(caffe_net_phase),
                 ROW(caffe_net_prototxt),
                 ROW(caffe_net_reshape),
                 ROW(caffe_net_forward),
                 ROW(caffe_net_forward_from_to),
                 ROW(caffe_net_backward),
                 ROW(caffe_net_backward_from_to),
                 ROW(caffe_net_clear_param_diffs),
                 ROW(caffe_net_layer_count),
                 ROW(caffe_net_layer),
                 ROW(caffe_net_layer_by_name),
                 ROW(caffe_net_layer_loaded),
                 ROW(caffe_net_layer_index),
                 ROW(caffe_net_layer_bottom_count),
                 ROW(caffe_net_layer_bottom),
                 ROW(caffe_net_layer_top_count),
                 ROW(caffe_net_layer_top),
                 ROW(caffe_net_blob_count),
                 ROW(caffe_net_blob),
                 ROW(caffe_net_blob_name),
                 ROW(caffe_net_blob_by_name),
                 ROW(caffe_net_blob_index),
                 ROW(caffe_net_blob_loss_weight),
                 ROW(caffe_net_input_count),
                 ROW(caffe_net_input),
                 ROW(caffe_net_input_index),
                 ROW(caffe_net_output_count),
                 ROW(caffe_net_output),
                 ROW(caffe_net_output_index),
                 ROW(caffe_net_layer_flops),
                 ROW(caffe_net_param_count),
                 ROW(caffe_net_param),
                 ROW(caffe_net_param_multipliers)};

CALL(caffe_layer, caffe_layer_name, &name_, h)
CALL(caffe_layer, caffe_layer_type, &name_, h)
CALL(caffe_layer, caffe_layer_phase, &int_, h)
CALL(caffe_layer, caffe_layer_implementation, &name_, h)
CALL(caffe_layer, caffe_layer_prototxt, &text_, h)
CALL(caffe_layer, caffe_layer_blob_count, &count_, h)
CALL(caffe_layer, caffe_layer_blob, &blob_, h, 0)
CALL(caffe_layer, caffe_layer_bottom_count, &count_, h)
CALL(caffe_layer, caffe_layer_bottom, &blob_, h, 0)
CALL(caffe_layer, caffe_layer_top_count, &count_, h)
CALL(caffe_layer, caffe_layer_top, &blob_, h, 0)
CALL(caffe_layer, caffe_layer_propagate_down, &int_, h, 0)
CALL(caffe_layer, caffe_layer_param_propagate_down, &int_, h, 0)
CALL(caffe_layer, caffe_layer_add_blob, &blob_, h, 2, dims_, NULL)

static const struct {
  const char* name;
  caffe_status (*call)(caffe_layer*);
} layer_calls[] = {ROW(caffe_layer_name),
                   ROW(caffe_layer_type),
                   ROW(caffe_layer_phase),
                   ROW(caffe_layer_implementation),
                   ROW(caffe_layer_prototxt),
                   ROW(caffe_layer_blob_count),
                   ROW(caffe_layer_blob),
                   ROW(caffe_layer_bottom_count),
                   ROW(caffe_layer_bottom),
                   ROW(caffe_layer_top_count),
                   ROW(caffe_layer_top),
                   ROW(caffe_layer_propagate_down),
                   ROW(caffe_layer_param_propagate_down),
                   ROW(caffe_layer_add_blob)};

CALL(caffe_blob, caffe_blob_save, h, "no/such/folder/x.binaryproto")
CALL(caffe_blob, caffe_blob_axes, &int_, h)
CALL(caffe_blob, caffe_blob_dim, &count_, h, 0)
CALL(caffe_blob, caffe_blob_count, &count_, h)
CALL(caffe_blob, caffe_blob_reshape, h, 2, dims_)
CALL(caffe_blob, caffe_blob_data, &const_values_, h)
CALL(caffe_blob, caffe_blob_mutable_data, &values_, h)
CALL(caffe_blob, caffe_blob_diff, &const_values_, h)
CALL(caffe_blob, caffe_blob_mutable_diff, &values_, h)
CALL(caffe_blob, caffe_blob_set_data, h, floats_, 6)
CALL(caffe_blob, caffe_blob_get_data, floats_, h, 6)
CALL(caffe_blob, caffe_blob_set_diff, h, floats_, 6)
CALL(caffe_blob, caffe_blob_get_diff, floats_, h, 6)
CALL(caffe_blob, caffe_blob_pin, &pin_, h, CAFFE_DATA)

static const struct {
  const char* name;
  caffe_status (*call)(caffe_blob*);
} blob_calls[] = {
    ROW(caffe_blob_save),         ROW(caffe_blob_axes),     ROW(caffe_blob_dim),
    ROW(caffe_blob_count),        ROW(caffe_blob_reshape),  ROW(caffe_blob_data),
    ROW(caffe_blob_mutable_data), ROW(caffe_blob_diff),     ROW(caffe_blob_mutable_diff),
    ROW(caffe_blob_set_data),     ROW(caffe_blob_get_data), ROW(caffe_blob_set_diff),
    ROW(caffe_blob_get_diff),     ROW(caffe_blob_pin)};

CALL(caffe_solver, caffe_solver_type, &name_, h)
CALL(caffe_solver, caffe_solver_prototxt, &text_, h)
CALL(caffe_solver, caffe_solver_net, &net_, h)
CALL(caffe_solver, caffe_solver_test_net_count, &count_, h)
CALL(caffe_solver, caffe_solver_test_net, &net_, h, 0)
CALL(caffe_solver, caffe_solver_step, h, 1)
CALL(caffe_solver, caffe_solver_solve, h, NULL)
CALL(caffe_solver, caffe_solver_apply_update, h)
CALL(caffe_solver, caffe_solver_test, h)
CALL(caffe_solver, caffe_solver_snapshot, &text_, h)
CALL(caffe_solver, caffe_solver_restore, h, "no.solverstate")
CALL(caffe_solver, caffe_solver_iter, &count_, h)
CALL(caffe_solver, caffe_solver_max_iter, &count_, h)
CALL(caffe_solver, caffe_solver_loss, &float_, h)
CALL(caffe_solver, caffe_solver_learning_rate, &float_, h)
CALL(caffe_solver, caffe_solver_request_stop, h)
CALL(caffe_solver, caffe_solver_add_callback, h, no_callback, NULL)
CALL(caffe_solver, caffe_solver_remove_callback, h, no_callback, NULL)
CALL(caffe_solver, caffe_solver_test_score_count, &count_, h, 0)
CALL(caffe_solver, caffe_solver_test_score, &name_, &float_, h, 0, 0)

static const struct {
  const char* name;
  caffe_status (*call)(caffe_solver*);
} solver_calls[] = {ROW(caffe_solver_type),          ROW(caffe_solver_prototxt),
                    ROW(caffe_solver_net),           ROW(caffe_solver_test_net_count),
                    ROW(caffe_solver_test_net),      ROW(caffe_solver_step),
                    ROW(caffe_solver_solve),         ROW(caffe_solver_apply_update),
                    ROW(caffe_solver_test),          ROW(caffe_solver_snapshot),
                    ROW(caffe_solver_restore),       ROW(caffe_solver_iter),
                    ROW(caffe_solver_max_iter),      ROW(caffe_solver_loss),
                    ROW(caffe_solver_learning_rate), ROW(caffe_solver_request_stop),
                    ROW(caffe_solver_add_callback),  ROW(caffe_solver_remove_callback),
                    ROW(caffe_solver_test_score),    ROW(caffe_solver_test_score_count)};

/* All rows of a table with one handle. */
#define CHECK_ROWS(table, type, handle, what)                                       \
  do {                                                                              \
    size_t i_;                                                                      \
    char start_[100];                                                               \
    for (i_ = 0; i_ < sizeof table / sizeof *table; ++i_) {                         \
      snprintf(start_, sizeof start_, "%s: ", table[i_].name);                      \
      CHECK_FAILS(table[i_].call((type*)(handle)), CAFFE_INVALID_ARGUMENT, start_); \
      CHECK_FAILS(CAFFE_INVALID_ARGUMENT, CAFFE_INVALID_ARGUMENT, what);            \
    }                                                                               \
  } while (0)

TEST(handles_null_is_an_error_everywhere) {
  CHECK_ROWS(net_calls, caffe_net, NULL, "net is NULL");
  CHECK_ROWS(layer_calls, caffe_layer, NULL, "layer is NULL");
  CHECK_ROWS(blob_calls, caffe_blob, NULL, "blob is NULL");
  CHECK_ROWS(solver_calls, caffe_solver, NULL, "solver is NULL");
  CHECK_FAILS(caffe_pin_values(&values_, NULL), CAFFE_INVALID_ARGUMENT,
              "caffe_pin_values: pin is NULL");
}

TEST(handles_garbage_is_an_error_everywhere) {
  int local = 0;
  CHECK_ROWS(net_calls, caffe_net, GARBAGE(caffe_net), "net is not the handle of a net");
  CHECK_ROWS(net_calls, caffe_net, &local, "net is not the handle of a net");
  CHECK_ROWS(layer_calls, caffe_layer, GARBAGE(caffe_layer), "layer is not the handle of a layer");
  CHECK_ROWS(blob_calls, caffe_blob, GARBAGE(caffe_blob), "blob is not the handle of a blob");
  CHECK_ROWS(solver_calls, caffe_solver, GARBAGE(caffe_solver), "solver is not the handle");
  CHECK_FAILS(caffe_pin_values(&values_, GARBAGE(caffe_pin)), CAFFE_INVALID_ARGUMENT,
              "pin is not the handle of a pin");
}

TEST(handles_of_another_kind_are_errors) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  CHECK_ROWS(blob_calls, caffe_blob, net, "blob is the handle of a net, not of a blob");
  CHECK_ROWS(layer_calls, caffe_layer, net, "layer is the handle of a net, not of a layer");
  CHECK_ROWS(solver_calls, caffe_solver, net, "solver is the handle of a net, not of a solver");
  caffe_blob_destroy((caffe_blob*)(void*)net);
  CHECK_OK(caffe_net_layer_count(&count_, net));
  caffe_net_destroy(net);
}

TEST(handles_of_a_destroyed_net_are_errors) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_layer* layer;
  caffe_blob *blob, *param;
  CHECK_OK(caffe_net_layer(&layer, net, 1));
  CHECK_OK(caffe_net_blob(&blob, net, 0));
  CHECK_OK(caffe_layer_blob(&param, layer, 0));
  caffe_net_destroy(net);
  CHECK_ROWS(net_calls, caffe_net, net, "net has been destroyed");
  CHECK_ROWS(layer_calls, caffe_layer, layer, "layer has been destroyed");
  CHECK_ROWS(blob_calls, caffe_blob, blob, "blob has been destroyed");
  CHECK_ROWS(blob_calls, caffe_blob, param, "blob has been destroyed");
  /* A net made since does not take a dead one's place. */
  net_ = make_net(kSmallNet, CAFFE_TEST);
  CHECK(net_ != net);
  CHECK_ROWS(net_calls, caffe_net, net, "net has been destroyed");
  caffe_net_destroy(net_);
}

TEST(handles_destroy_takes_anything) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_net_destroy(NULL);
  caffe_blob_destroy(NULL);
  caffe_pin_destroy(NULL);
  caffe_solver_destroy(NULL);
  caffe_net_destroy(GARBAGE(caffe_net));
  caffe_blob_destroy(GARBAGE(caffe_blob));
  caffe_pin_destroy(GARBAGE(caffe_pin));
  caffe_solver_destroy(GARBAGE(caffe_solver));
  caffe_net_destroy(net);
  caffe_net_destroy(net);
  CHECK(strstr(caffe_last_error(), "net has been destroyed") != NULL);
}

TEST(handles_of_owned_things_die_with_them) {
  caffe_blob* blob;
  caffe_pin* pin;
  CHECK_OK(caffe_blob_create(&blob, 2, dims_));
  CHECK_OK(caffe_blob_pin(&pin, blob, CAFFE_DATA));
  caffe_pin_destroy(pin);
  CHECK_FAILS(caffe_pin_values(&values_, pin), CAFFE_INVALID_ARGUMENT, "pin has been destroyed");
  caffe_blob_destroy(blob);
  CHECK_ROWS(blob_calls, caffe_blob, blob, "blob has been destroyed");
}

TEST(handles_are_found_again) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_blob *one, *two;
  caffe_layer *layer, *same;
  CHECK_OK(caffe_net_blob(&one, net, 0));
  CHECK_OK(caffe_net_blob_by_name(&two, net, "data"));
  CHECK(one == two);
  CHECK_OK(caffe_net_input(&two, net, 0));
  CHECK(one == two);
  CHECK_OK(caffe_net_layer(&layer, net, 1));
  CHECK_OK(caffe_net_layer_by_name(&same, net, "ip"));
  CHECK(layer == same);
  CHECK_OK(caffe_layer_blob(&one, layer, 0));
  CHECK_OK(caffe_net_param(&two, net, 0));
  CHECK(one == two);
  /* A net's blob is not the caller's to destroy. */
  caffe_blob_destroy(one);
  CHECK_OK(caffe_blob_count(&count_, one));
  CHECK(count_ == 12);
  caffe_net_destroy(net);
}

/* Functions of a good handle that miss the place for their result. */
#define NO_RESULT(call, name) CHECK_FAILS((call), CAFFE_INVALID_ARGUMENT, ": " name " is NULL")

TEST(handles_results_need_a_place) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_layer* layer;
  caffe_blob* blob;
  caffe_pin* pin;
  CHECK_OK(caffe_net_layer(&layer, net, 1));
  CHECK_OK(caffe_net_blob(&blob, net, 0));
  CHECK_OK(caffe_blob_pin(&pin, blob, CAFFE_DIFF));
  NO_RESULT(caffe_net_create(NULL, "x", CAFFE_TEST, NULL), "net");
  NO_RESULT(caffe_net_create_from_text(NULL, "", CAFFE_TEST, NULL), "net");
  NO_RESULT(caffe_net_clone(NULL, net), "clone");
  NO_RESULT(caffe_net_name(NULL, net), "name");
  NO_RESULT(caffe_net_phase(NULL, net), "phase");
  NO_RESULT(caffe_net_prototxt(NULL, net), "text");
  NO_RESULT(caffe_net_layer_count(NULL, net), "count");
  NO_RESULT(caffe_net_layer(NULL, net, 0), "layer");
  NO_RESULT(caffe_net_layer_by_name(NULL, net, "ip"), "layer");
  NO_RESULT(caffe_net_layer_loaded(NULL, net, 1), "loaded");
  NO_RESULT(caffe_net_layer_index(NULL, net, "ip"), "index");
  NO_RESULT(caffe_net_layer_bottom_count(NULL, net, 0), "count");
  NO_RESULT(caffe_net_layer_bottom(NULL, net, 1, 0), "blob");
  NO_RESULT(caffe_net_layer_top_count(NULL, net, 0), "count");
  NO_RESULT(caffe_net_layer_top(NULL, net, 0, 0), "blob");
  NO_RESULT(caffe_net_blob_count(NULL, net), "count");
  NO_RESULT(caffe_net_blob(NULL, net, 0), "blob");
  NO_RESULT(caffe_net_blob_name(NULL, net, 0), "name");
  NO_RESULT(caffe_net_blob_by_name(NULL, net, "data"), "blob");
  NO_RESULT(caffe_net_blob_index(NULL, net, "data"), "index");
  NO_RESULT(caffe_net_blob_loss_weight(NULL, net, 0), "weight");
  NO_RESULT(caffe_net_input_count(NULL, net), "count");
  NO_RESULT(caffe_net_input(NULL, net, 0), "blob");
  NO_RESULT(caffe_net_input_index(NULL, net, 0), "blob");
  NO_RESULT(caffe_net_output_count(NULL, net), "count");
  NO_RESULT(caffe_net_output(NULL, net, 0), "blob");
  NO_RESULT(caffe_net_output_index(NULL, net, 0), "blob");
  NO_RESULT(caffe_net_param_count(NULL, net), "count");
  NO_RESULT(caffe_net_param(NULL, net, 0), "blob");
  NO_RESULT(caffe_layer_name(NULL, layer), "name");
  NO_RESULT(caffe_layer_type(NULL, layer), "type");
  NO_RESULT(caffe_layer_phase(NULL, layer), "phase");
  NO_RESULT(caffe_layer_implementation(NULL, layer), "text");
  NO_RESULT(caffe_layer_prototxt(NULL, layer), "text");
  NO_RESULT(caffe_layer_blob_count(NULL, layer), "count");
  NO_RESULT(caffe_layer_blob(NULL, layer, 0), "blob");
  NO_RESULT(caffe_layer_bottom_count(NULL, layer), "count");
  NO_RESULT(caffe_layer_bottom(NULL, layer, 0), "blob");
  NO_RESULT(caffe_layer_top_count(NULL, layer), "count");
  NO_RESULT(caffe_layer_top(NULL, layer, 0), "blob");
  NO_RESULT(caffe_layer_propagate_down(NULL, layer, 0), "wanted");
  NO_RESULT(caffe_layer_param_propagate_down(NULL, layer, 0), "wanted");
  NO_RESULT(caffe_blob_create(NULL, 2, dims_), "blob");
  NO_RESULT(caffe_blob_load(NULL, "x"), "blob");
  NO_RESULT(caffe_blob_axes(NULL, blob), "axes");
  NO_RESULT(caffe_blob_dim(NULL, blob, 0), "dim");
  NO_RESULT(caffe_blob_count(NULL, blob), "count");
  NO_RESULT(caffe_blob_data(NULL, blob), "values");
  NO_RESULT(caffe_blob_mutable_data(NULL, blob), "values");
  NO_RESULT(caffe_blob_diff(NULL, blob), "values");
  NO_RESULT(caffe_blob_mutable_diff(NULL, blob), "values");
  NO_RESULT(caffe_blob_set_data(blob, NULL, 6), "values");
  NO_RESULT(caffe_blob_get_data(NULL, blob, 6), "values");
  NO_RESULT(caffe_blob_set_diff(blob, NULL, 6), "values");
  NO_RESULT(caffe_blob_get_diff(NULL, blob, 6), "values");
  NO_RESULT(caffe_blob_pin(NULL, blob, CAFFE_DATA), "pin");
  NO_RESULT(caffe_pin_values(NULL, pin), "values");
  NO_RESULT(caffe_solver_create(NULL, "x", NULL), "solver");
  NO_RESULT(caffe_solver_create_from_text(NULL, "", NULL), "solver");
  caffe_pin_destroy(pin);
  caffe_net_destroy(net);
}

TEST(handles_texts_need_to_be_there) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_solver* solver = NULL;
  caffe_blob* blob = NULL;
  NO_RESULT(caffe_net_create(&net_, NULL, CAFFE_TEST, NULL), "file");
  NO_RESULT(caffe_net_create_from_text(&net_, NULL, CAFFE_TEST, NULL), "text");
  NO_RESULT(caffe_net_load_weights(net, NULL), "file");
  NO_RESULT(caffe_net_load_weights_from_memory(net, NULL, 10), "bytes");
  NO_RESULT(caffe_net_save_weights(net, NULL, 0), "file");
  NO_RESULT(caffe_net_share_weights(net, NULL), "other");
  NO_RESULT(caffe_net_set_device(net, NULL), "device");
  NO_RESULT(caffe_net_layer_by_name(&layer_, net, NULL), "name");
  NO_RESULT(caffe_net_layer_index(&count_, net, NULL), "name");
  NO_RESULT(caffe_net_blob_by_name(&blob_, net, NULL), "name");
  NO_RESULT(caffe_net_blob_index(&count_, net, NULL), "name");
  NO_RESULT(caffe_blob_load(&blob, NULL), "file");
  NO_RESULT(caffe_blob_create(&blob, 2, NULL), "dims");
  NO_RESULT(caffe_solver_create(&solver, NULL, NULL), "file");
  NO_RESULT(caffe_solver_create_from_text(&solver, NULL, NULL), "text");
  NO_RESULT(caffe_plugin_load(NULL), "path");
  NO_RESULT(caffe_layer_register(NULL, NULL, NULL), "type");
  NO_RESULT(caffe_layer_register("T", NULL, NULL), "callbacks");
  caffe_net_destroy(net);
}
