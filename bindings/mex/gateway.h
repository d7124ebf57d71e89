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
#include "functions.h" /* CAFFE_FUNCTIONS: made from caffe.h */

#define MAX_AXES 32

/* ---- library.c: the library, opened privately; what it says -------------------------------- */

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

#define COMMAND(name, least, most, usage) void command_##name(const call* c);
#include "commands.inc"
#undef COMMAND

/* Commands that are one call of the library. */
#define PLAIN(name, object)            \
  void command_##name(const call* c) { \
    check(caffe.name(object(c)));      \
  }
#define WITH_TEXT(name, object, function)   \
  void command_##name(const call* c) {      \
    const char* text = text_in(c, 1);       \
    check(caffe.function(object(c), text)); \
  }
#define NUMBER(name, object, type)            \
  void command_##name(const call* c) {        \
    type number;                              \
    check(caffe.name(&number, object(c)));    \
    *c->result = from_number((double)number); \
  }
#define OWNED_TEXT(name, object)         \
  void command_##name(const call* c) {   \
    char* text;                          \
    check(caffe.name(&text, object(c))); \
    *c->result = from_owned_text(text);  \
  }

#endif /* CAFFE_MEX_GATEWAY_H */
