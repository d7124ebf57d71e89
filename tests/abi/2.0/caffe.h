/* caffe.h as programs built against version 2.0 have it: declarations alone, written by
 * scripts/c_abi.py --freeze. */
#ifndef CAFFE_H
#define CAFFE_H

#include <stddef.h>
#include <stdint.h>

#define CAFFE_VERSION_MAJOR 2
#define CAFFE_VERSION_MINOR 0
#define CAFFE_VERSION_PATCH 0
typedef int caffe_status;
enum {
CAFFE_OK = 0,
CAFFE_INVALID_ARGUMENT = 1,
CAFFE_PARSE = 2,
CAFFE_IO = 3,
CAFFE_SHAPE = 4,
CAFFE_NOT_FOUND = 5,
CAFFE_UNSUPPORTED = 6,
CAFFE_OUT_OF_MEMORY = 7,
CAFFE_STATE = 8,
CAFFE_CALLBACK = 9,
CAFFE_INTERNAL = 10
};

const char *caffe_last_error(void);

const char *caffe_status_name(caffe_status status);

typedef struct caffe_net caffe_net;
typedef struct caffe_layer caffe_layer;
typedef struct caffe_blob caffe_blob;
typedef struct caffe_pin caffe_pin;
typedef struct caffe_solver caffe_solver;
typedef struct caffe_model caffe_model;

const char *caffe_version(void);
int caffe_version_number(void);

const char *caffe_build_info(void);

void caffe_free(void *memory);

enum {
CAFFE_LOG_DEBUG = 0,
CAFFE_LOG_INFO = 1,
CAFFE_LOG_WARNING = 2,
CAFFE_LOG_ERROR = 3,
CAFFE_LOG_NONE = 4
};

typedef void (*caffe_log_callback)(int level, const char *line, void *user);

caffe_status caffe_set_log_callback(caffe_log_callback callback, void *user);

caffe_status caffe_set_log_level(int level);

caffe_status caffe_log(int level, const char *file, int line, const char *message);

caffe_status caffe_set_num_threads(int threads);
int caffe_num_threads(void);

caffe_status caffe_set_random_seed(uint64_t seed);

caffe_status caffe_device_count(int64_t *count);

caffe_status caffe_device_name(const char **name, int64_t index);
caffe_status caffe_set_device(const char *device);

const char *caffe_get_device(void);

caffe_status caffe_layer_type_count(int64_t *count);
caffe_status caffe_layer_type_name(const char **name, int64_t index);
caffe_status caffe_solver_type_count(int64_t *count);
caffe_status caffe_solver_type_name(const char **name, int64_t index);

caffe_status caffe_plugin_load(const char *path);

int caffe_tool_main(int argc, char **argv);

enum { CAFFE_TRAIN = 0, CAFFE_TEST = 1 };

caffe_status caffe_net_create(caffe_net **net, const char *file, int phase,
const char *options);
caffe_status caffe_net_create_from_text(caffe_net **net, const char *text, int phase,
const char *options);

caffe_status caffe_net_clone(caffe_net **clone, caffe_net *net);

void caffe_net_destroy(caffe_net *net);

caffe_status caffe_net_load_weights(caffe_net *net, const char *file);

caffe_status caffe_net_load_weights_from_memory(caffe_net *net, const void *bytes,
int64_t size);

caffe_status caffe_net_layer_loaded(int *loaded, caffe_net *net, int64_t layer);

caffe_status caffe_net_save_weights(caffe_net *net, const char *file, int diffs);

caffe_status caffe_net_export_onnx(caffe_net *net, const char *file, const char *options);

caffe_status caffe_net_share_weights(caffe_net *net, caffe_net *other);

caffe_status caffe_net_set_device(caffe_net *net, const char *device);

caffe_status caffe_net_name(const char **name, caffe_net *net);
caffe_status caffe_net_phase(int *phase, caffe_net *net);

caffe_status caffe_net_prototxt(char **text, caffe_net *net);

caffe_status caffe_net_upgrade_text(char **upgraded, const char *text);

caffe_status caffe_net_reshape(caffe_net *net);

caffe_status caffe_net_forward(float *loss, caffe_net *net);
caffe_status caffe_net_forward_from_to(float *loss, caffe_net *net, int64_t first,
int64_t last);

caffe_status caffe_net_backward(caffe_net *net);
caffe_status caffe_net_backward_from_to(caffe_net *net, int64_t first, int64_t last);
caffe_status caffe_net_clear_param_diffs(caffe_net *net);

enum {
CAFFE_NET_BEFORE_FORWARD = 0,
CAFFE_NET_AFTER_FORWARD = 1,
CAFFE_NET_BEFORE_BACKWARD = 2,
CAFFE_NET_AFTER_BACKWARD = 3
};

typedef caffe_status (*caffe_net_callback)(caffe_net *net, int event, int64_t layer, void *user);
caffe_status caffe_net_add_callback(caffe_net *net, caffe_net_callback callback,
void *user);

caffe_status caffe_net_remove_callback(caffe_net *net, caffe_net_callback callback,
void *user);

caffe_status caffe_net_set_input_arrays(caffe_net *net, const char *layer,
const int64_t *dims, const float *data,
const float *labels, int transform);

caffe_status caffe_net_layer_count(int64_t *count, caffe_net *net);
caffe_status caffe_net_layer(caffe_layer **layer, caffe_net *net, int64_t index);
caffe_status caffe_net_layer_by_name(caffe_layer **layer, caffe_net *net,
const char *name);
caffe_status caffe_net_layer_index(int64_t *index, caffe_net *net, const char *name);

caffe_status caffe_net_layer_bottom_count(int64_t *count, caffe_net *net, int64_t layer);
caffe_status caffe_net_layer_bottom(int64_t *blob, caffe_net *net, int64_t layer,
int64_t index);
caffe_status caffe_net_layer_top_count(int64_t *count, caffe_net *net, int64_t layer);
caffe_status caffe_net_layer_top(int64_t *blob, caffe_net *net, int64_t layer,
int64_t index);

caffe_status caffe_net_layer_flops(int64_t *flops, caffe_net *net, int64_t layer);

caffe_status caffe_net_blob_count(int64_t *count, caffe_net *net);
caffe_status caffe_net_blob(caffe_blob **blob, caffe_net *net, int64_t index);
caffe_status caffe_net_blob_name(const char **name, caffe_net *net, int64_t index);
caffe_status caffe_net_blob_by_name(caffe_blob **blob, caffe_net *net, const char *name);
caffe_status caffe_net_blob_index(int64_t *index, caffe_net *net, const char *name);

caffe_status caffe_net_blob_loss_weight(float *weight, caffe_net *net, int64_t index);

caffe_status caffe_net_input_count(int64_t *count, caffe_net *net);
caffe_status caffe_net_input(caffe_blob **blob, caffe_net *net, int64_t index);
caffe_status caffe_net_input_index(int64_t *blob, caffe_net *net, int64_t index);
caffe_status caffe_net_output_count(int64_t *count, caffe_net *net);
caffe_status caffe_net_output(caffe_blob **blob, caffe_net *net, int64_t index);
caffe_status caffe_net_output_index(int64_t *blob, caffe_net *net, int64_t index);

caffe_status caffe_net_param_count(int64_t *count, caffe_net *net);
caffe_status caffe_net_param(caffe_blob **blob, caffe_net *net, int64_t index);
caffe_status caffe_net_param_multipliers(float *lr, float *decay, caffe_net *net,
int64_t index);

caffe_status caffe_layer_name(const char **name, caffe_layer *layer);
caffe_status caffe_layer_type(const char **type, caffe_layer *layer);

caffe_status caffe_layer_phase(int *phase, caffe_layer *layer);

caffe_status caffe_layer_implementation(const char **text, caffe_layer *layer);

caffe_status caffe_layer_prototxt(char **text, caffe_layer *layer);

caffe_status caffe_layer_blob_count(int64_t *count, caffe_layer *layer);
caffe_status caffe_layer_blob(caffe_blob **blob, caffe_layer *layer, int64_t index);

typedef struct caffe_layer_callbacks {
size_t size;
int min_bottoms, max_bottoms;
int min_tops, max_tops;

caffe_status (*create)(void **state, caffe_layer *layer, void *user);
void (*destroy)(void *state, void *user);

caffe_status (*reshape)(void *state, caffe_layer *layer, void *user);

caffe_status (*forward)(void *state, caffe_layer *layer, void *user);

caffe_status (*backward)(void *state, caffe_layer *layer, void *user);
} caffe_layer_callbacks;

caffe_status caffe_layer_register(const char *type,
const caffe_layer_callbacks *callbacks, void *user);

caffe_status caffe_layer_state(void **state, caffe_layer *layer);

void caffe_set_error(const char *message);

caffe_status caffe_layer_bottom_count(int64_t *count, caffe_layer *layer);
caffe_status caffe_layer_bottom(caffe_blob **blob, caffe_layer *layer, int64_t index);
caffe_status caffe_layer_top_count(int64_t *count, caffe_layer *layer);
caffe_status caffe_layer_top(caffe_blob **blob, caffe_layer *layer, int64_t index);

caffe_status caffe_layer_propagate_down(int *wanted, caffe_layer *layer, int64_t index);
caffe_status caffe_layer_param_propagate_down(int *wanted, caffe_layer *layer,
int64_t index);

caffe_status caffe_layer_add_blob(caffe_blob **blob, caffe_layer *layer, int axes,
const int64_t *dims, const char *filler);

typedef struct caffe_database_callbacks {
size_t size;

caffe_status (*open)(void **reader, const char *path, void *user);

void (*close)(void *reader, void *user);

caffe_status (*count)(int64_t *count, void *reader, void *user);

caffe_status (*read)(const void **bytes, int64_t *size, void *reader, int64_t index, void *user);
} caffe_database_callbacks;

caffe_status caffe_database_register(const char *name,
const caffe_database_callbacks *callbacks,
void *user);

caffe_status caffe_blob_create(caffe_blob **blob, int axes, const int64_t *dims);

caffe_status caffe_blob_load(caffe_blob **blob, const char *file);
caffe_status caffe_blob_save(caffe_blob *blob, const char *file);

void caffe_blob_destroy(caffe_blob *blob);

caffe_status caffe_blob_axes(int *axes, caffe_blob *blob);

caffe_status caffe_blob_dim(int64_t *dim, caffe_blob *blob, int axis);
caffe_status caffe_blob_count(int64_t *count, caffe_blob *blob);

caffe_status caffe_blob_reshape(caffe_blob *blob, int axes, const int64_t *dims);

caffe_status caffe_blob_data(const float **values, caffe_blob *blob);
caffe_status caffe_blob_mutable_data(float **values, caffe_blob *blob);
caffe_status caffe_blob_diff(const float **values, caffe_blob *blob);
caffe_status caffe_blob_mutable_diff(float **values, caffe_blob *blob);

caffe_status caffe_blob_set_data(caffe_blob *blob, const float *values, int64_t count);
caffe_status caffe_blob_get_data(float *values, caffe_blob *blob, int64_t count);
caffe_status caffe_blob_set_diff(caffe_blob *blob, const float *values, int64_t count);
caffe_status caffe_blob_get_diff(float *values, caffe_blob *blob, int64_t count);

enum { CAFFE_DATA = 0, CAFFE_DIFF = 1 };
caffe_status caffe_blob_pin(caffe_pin **pin, caffe_blob *blob, int which);

caffe_status caffe_pin_values(float **values, caffe_pin *pin);
void caffe_pin_destroy(caffe_pin *pin);

caffe_status caffe_solver_create(caffe_solver **solver, const char *file,
const char *options);
caffe_status caffe_solver_create_from_text(caffe_solver **solver, const char *text,
const char *options);
void caffe_solver_destroy(caffe_solver *solver);

caffe_status caffe_solver_type(const char **type, caffe_solver *solver);

caffe_status caffe_solver_prototxt(char **text, caffe_solver *solver);
caffe_status caffe_solver_net(caffe_net **net, caffe_solver *solver);
caffe_status caffe_solver_test_net_count(int64_t *count, caffe_solver *solver);
caffe_status caffe_solver_test_net(caffe_net **net, caffe_solver *solver, int64_t index);

caffe_status caffe_solver_step(caffe_solver *solver, int64_t iterations);

caffe_status caffe_solver_solve(caffe_solver *solver, const char *snapshot);

caffe_status caffe_solver_apply_update(caffe_solver *solver);

caffe_status caffe_solver_test(caffe_solver *solver);

caffe_status caffe_solver_test_score_count(int64_t *count, caffe_solver *solver,
int64_t test_net);
caffe_status caffe_solver_test_score(const char **name, float *score,
caffe_solver *solver, int64_t test_net,
int64_t index);

caffe_status caffe_solver_snapshot(char **file, caffe_solver *solver);
caffe_status caffe_solver_restore(caffe_solver *solver, const char *file);

caffe_status caffe_solver_iter(int64_t *iter, caffe_solver *solver);
caffe_status caffe_solver_max_iter(int64_t *iter, caffe_solver *solver);

caffe_status caffe_solver_loss(float *loss, caffe_solver *solver);
caffe_status caffe_solver_learning_rate(float *rate, caffe_solver *solver);

caffe_status caffe_solver_request_stop(caffe_solver *solver);

enum {
CAFFE_SOLVER_BEFORE_STEP = 0,
CAFFE_SOLVER_GRADIENTS_READY = 1,
CAFFE_SOLVER_AFTER_STEP = 2
};

typedef caffe_status (*caffe_solver_callback)(caffe_solver *solver, int event, void *user);
caffe_status caffe_solver_add_callback(caffe_solver *solver,
caffe_solver_callback callback, void *user);

caffe_status caffe_solver_remove_callback(caffe_solver *solver,
caffe_solver_callback callback, void *user);

caffe_status caffe_model_open(caffe_model **model, const char *path, const char *options);
void caffe_model_destroy(caffe_model *model);

caffe_status caffe_model_net(caffe_net **net, caffe_model *model);

caffe_status caffe_model_name(const char **name, caffe_model *model);
caffe_status caffe_model_task(const char **task, caffe_model *model);

caffe_status caffe_model_label_count(int64_t *count, caffe_model *model);
caffe_status caffe_model_label(const char **label, caffe_model *model, int64_t index);

caffe_status caffe_model_input(caffe_blob **blob, caffe_model *model);
caffe_status caffe_model_output(caffe_blob **blob, caffe_model *model, const char *name);

caffe_status caffe_model_predict(caffe_model *model, const char *file);

caffe_status caffe_model_top(int64_t *indices, float *values, caffe_model *model,
const char *output, int64_t item, int64_t count);

caffe_status caffe_model_set_batch(caffe_model *model, int64_t count);
caffe_status caffe_model_set_image(caffe_model *model, int64_t item, const char *file);
caffe_status caffe_model_set_image_from_memory(caffe_model *model, int64_t item,
const void *bytes, int64_t size);
caffe_status caffe_model_set_pixels(caffe_model *model, int64_t item,
const uint8_t *pixels, int64_t height, int64_t width,
const char *order);
caffe_status caffe_model_set_float_pixels(caffe_model *model, int64_t item,
const float *pixels, int64_t height,
int64_t width, const char *order);

caffe_status caffe_model_check(caffe_model *model);

#endif /* CAFFE_H */
