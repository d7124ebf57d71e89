/* What the parts of the gateway share: the library's functions, errors, and the way of arguments
 * and results between the language and the library.
 *
 * mexErrMsgIdAndTxt does not return: so when `fail` or `check` is called, no lock is held, nothing
 * is owned but what mxMalloc gave (the language frees that), and no frame of the library is below.
 */
#ifndef CAFFE_MEX_GATEWAY_H
#define CAFFE_MEX_GATEWAY_H

#include <mex.h>
#include <stdbool.h>
#include <stdint.h>

#include "caffe.h"

#define MAX_AXES 32

/* ---- library.c: the library, opened privately; what it says -------------------------------- */

/* clang-format off */
#define CAFFE_FUNCTIONS(F)                                                                         \
  F(last_error) F(version) F(version_number) F(build_info) F(free) F(set_log_callback)             \
  F(set_log_level) F(set_num_threads) F(num_threads) F(set_random_seed) F(device_count)            \
  F(device_name) F(set_device) F(get_device) F(layer_type_count) F(layer_type_name)                \
  F(plugin_load) F(net_create) F(net_create_from_text) F(net_clone) F(net_destroy)                 \
  F(net_load_weights) F(net_save_weights) F(net_export_onnx) F(net_share_weights)                  \
  F(net_set_device) F(net_name) F(net_phase) F(net_prototxt) F(net_reshape) F(net_forward)         \
  F(net_forward_from_to) F(net_backward) F(net_backward_from_to) F(net_clear_param_diffs)          \
  F(net_set_input_arrays) F(net_layer_count) F(net_layer) F(net_layer_bottom_count)                \
  F(net_layer_bottom) F(net_layer_top_count) F(net_layer_top) F(net_blob_count) F(net_blob)        \
  F(net_blob_name) F(net_input_count) F(net_input_index) F(net_output_count) F(net_output_index)   \
  F(layer_name) F(layer_type) F(layer_phase) F(layer_implementation) F(layer_prototxt)             \
  F(layer_blob_count) F(layer_blob) F(blob_create) F(blob_load) F(blob_save) F(blob_destroy)       \
  F(blob_axes) F(blob_dim) F(blob_count) F(blob_reshape) F(blob_set_data) F(blob_get_data)         \
  F(blob_set_diff) F(blob_get_diff) F(solver_create) F(solver_create_from_text) F(solver_destroy)  \
  F(solver_type) F(solver_prototxt) F(solver_net) F(solver_test_net_count) F(solver_test_net)      \
  F(solver_step) F(solver_solve) F(solver_apply_update) F(solver_test) F(solver_snapshot)          \
  F(solver_restore) F(solver_iter) F(solver_max_iter) F(solver_loss) F(solver_learning_rate)       \
  F(solver_request_stop) F(solver_add_callback) F(model_open) F(model_destroy) F(model_net)        \
  F(model_name) F(model_task) F(model_label_count) F(model_label) F(model_input) F(model_output)   \
  F(model_top) F(model_set_batch) F(model_set_image) F(model_set_pixels)                           \
  F(model_set_float_pixels) F(model_check)
/* clang-format on */

typedef struct {
#define FIELD(name) __typeof__(caffe_##name)* name;
  CAFFE_FUNCTIONS(FIELD)
#undef FIELD
} library;

extern library caffe;

/* Does nothing when it is open; `at_exit` is called before it is let go. */
void open_library(void (*at_exit)(void));

/* A level of the log, CAFFE_LOG_DEBUG to CAFFE_LOG_NONE, or the default: warnings, and information
 * while something runs for long. Returns the level before. Lines wait until they are printed, by
 * the interpreter's thread alone. */
enum { LOG_TRAINING = CAFFE_LOG_NONE + 1 };
int choose_log_level(int level);
void set_runs_long(bool runs);
void print_lines(void);
/* Shows at once what has been printed; here a language may notice Ctrl-C, and not return. */
void flush_output(void);

/* An error of the language, `identifier` as in "caffe:shape". */
void fail(const char* identifier, const char* format, ...);
/* The error for a status of the library, unless it is CAFFE_OK. */
void check(caffe_status status);

/* ---- values.c: arguments and results -------------------------------------------------------- */

/* One call of the gateway. */
typedef struct {
  const char* command;
  const char* usage;
  int argument_count;
  const mxArray** arguments;
  mxArray** result;
} call;

/* Each fails unless the argument is what it says. Text is the language's memory. */
void fail_argument(const call* c, int index, const char* expected);
double number_in(const call* c, int index, double least, double most); /* a whole one */
char* text_in(const call* c, int index);
const char* text_or_null(const call* c, int index);
int choice_in(const call* c, int index, const char* const* words, int count); /* its place */
const float* singles_in(const call* c, int index);
int axes_in(const call* c, int index, int most); /* how many the array has */
/* A shape in the language's order, reversed into the library's. */
int shape_in(const call* c, int index, int64_t* dims);

enum { DATA, DIFF };

/* A blob's sizes in the language's order; how many. */
int64_t axes_of(caffe_blob* blob, int64_t* sizes);
mxArray* from_number(double value);
mxArray* from_owned_text(char* text);
mxArray* from_shape(const int64_t* sizes, int64_t axes);
mxArray* from_values(caffe_blob* blob, int which);
/* A new array as a field of the call's result. */
mxArray* field(const call* c, const char* name, mxArray* value);

/* ---- handles.c: what is owned, and what may be named ---------------------------------------- */

enum kind { NET, SOLVER, LAYER, BLOB, MODEL };

/* Room for one more, before anything is made that would have to be kept. */
void reserve_owned(void);
void own(const void* pointer, enum kind kind);
/* Destroys it. Of a handle that is stale there is nothing to do: a reset_all was there first. */
void disown(uint64_t value);
void destroy_all(void);
size_t owned_count(void);

uint64_t handle_value(const call* c, int index);
void* handle_in(const call* c, int index, enum kind kind);
/* Argument 0. */
caffe_net* net_in(const call* c);
caffe_solver* solver_in(const call* c);
caffe_layer* layer_in(const call* c);
caffe_blob* blob_in(const call* c);
caffe_model* model_in(const call* c);

mxArray* new_handles(int64_t count);
void put_handle(mxArray* array, int64_t index, const void* pointer);
mxArray* from_handle(const void* pointer);

/* ---- commands ------------------------------------------------------------------------------- */

extern const char* const sources[2]; /* "file", "text" */
extern const char* const phases[2];  /* "train", "test": CAFFE_TRAIN, CAFFE_TEST */

/* Commands that are one call of the library. */
#define PLAIN(name, object)       \
  void name(const call* c) {      \
    check(caffe.name(object(c))); \
  }
#define WITH_TEXT(name, object, function)   \
  void name(const call* c) {                \
    const char* text = text_in(c, 1);       \
    check(caffe.function(object(c), text)); \
  }
#define NUMBER(name, object, type)            \
  void name(const call* c) {                  \
    type number;                              \
    check(caffe.name(&number, object(c)));    \
    *c->result = from_number((double)number); \
  }
#define OWNED_TEXT(name, object)         \
  void name(const call* c) {             \
    char* text;                          \
    check(caffe.name(&text, object(c))); \
    *c->result = from_owned_text(text);  \
  }

/* parts.c */
void layer_describe(const call* c);
void layer_implementation(const call* c);
void layer_prototxt(const call* c);
void blob_shape(const call* c);
void blob_reshape(const call* c);
void blob_get(const call* c);
void blob_set(const call* c);
void blob_load(const call* c);
void blob_save(const call* c);

/* models.c */
void model_open(const call* c);
void model_describe(const call* c);
void model_set_batch(const call* c);
void model_set_image(const call* c);
void model_set_pixels(const call* c);
void model_input(const call* c);
void model_top(const call* c);
void model_check(const call* c);

/* solvers.c */
void solver_create(const call* c);
void solver_describe(const call* c);
void solver_iter(const call* c);
void solver_max_iter(const call* c);
void solver_loss(const call* c);
void solver_learning_rate(const call* c);
void solver_prototxt(const call* c);
void solver_step(const call* c);
void solver_solve(const call* c);
void solver_test(const call* c);
void solver_apply_update(const call* c);
void solver_restore(const call* c);
void solver_snapshot(const call* c);

#endif /* CAFFE_MEX_GATEWAY_H */
