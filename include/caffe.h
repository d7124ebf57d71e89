/* caffe.h: run and train Caffe networks from C.
 *
 * The shortest useful program:
 *
 *     caffe_net *net;
 *     caffe_blob *data, *prob;
 *     float *in;
 *     const float *out;
 *     if (caffe_net_create(&net, "deploy.prototxt", CAFFE_TEST, NULL) ||
 *         caffe_net_load_weights(net, "net.caffemodel")) {
 *       fprintf(stderr, "%s\n", caffe_last_error());
 *       return 1;
 *     }
 *     caffe_net_input(&data, net, 0);
 *     caffe_net_output(&prob, net, 0);
 *     caffe_blob_mutable_data(&in, data);      ... fill in[0 .. count) ...
 *     caffe_net_forward(NULL, net);
 *     caffe_blob_data(&out, prob);             ... read out[0 .. count) ...
 *     caffe_net_destroy(net);
 *
 * It is C99, of which it needs stdint.h alone: with that, a C89 compiler takes it, and so does any
 * C++ compiler. docs/c-api.md is the way through it.
 *
 * Rules that hold everywhere:
 *
 * - A call that can fail returns a caffe_status; 0 is success. Results come back through the first
 *   parameters, which are left alone on failure. What went wrong is in caffe_last_error(): a
 *   sentence that says where, what was expected and what came. No call aborts or exits the process.
 * - What a function hands out is said to be owned (yours: destroy or free it), borrowed (ours, and
 *   valid until the moment named) or copied. caffe_x_destroy(NULL) does nothing, and handles may be
 *   destroyed in any order. A destroyed handle, or one that never was, is an error, not a crash.
 * - Text is UTF-8 and ends in a zero byte. Sizes and indices are int64_t, counted from 0.
 * - Options are prototxt text ("lenient: true stage: \"deploy\""), NULL for none; each function
 *   names its own.
 * - A net or solver is used by one thread at a time; different ones by different threads at once,
 *   clones that share weights among them. One that runs cannot be run again by its own callbacks:
 *   that is CAFFE_STATE.
 * - A process may be forked at any time, and its child uses the library. A net or solver that
 *   another thread was running at that moment is CAFFE_STATE there.
 * - Blobs hold 32-bit floats, row major, outermost axis first: N x C x H x W for images.
 */
#ifndef CAFFE_H
#define CAFFE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CAFFE_API __attribute__((visibility("default")))
#else
#define CAFFE_API
#endif

#define CAFFE_VERSION_MAJOR 2
#define CAFFE_VERSION_MINOR 0
#define CAFFE_VERSION_PATCH 0

/* ---- status ------------------------------------------------------------------------------- */

typedef int caffe_status;
enum {
  CAFFE_OK = 0,
  CAFFE_INVALID_ARGUMENT = 1, /* an argument, option or parameter that makes no sense */
  CAFFE_PARSE = 2,            /* a file or text that does not follow its format */
  CAFFE_IO = 3,               /* a file that cannot be opened, read or written */
  CAFFE_SHAPE = 4,            /* shapes or counts that do not fit together */
  CAFFE_NOT_FOUND = 5,        /* a name or index that does not exist */
  CAFFE_UNSUPPORTED = 6,      /* what this build, machine or version cannot do */
  CAFFE_OUT_OF_MEMORY = 7,
  CAFFE_STATE = 8,    /* a call that is not allowed now */
  CAFFE_CALLBACK = 9, /* a callback of yours reported failure */
  CAFFE_INTERNAL = 10 /* a defect of the library: please report it */
};

/* The message of this thread's last failing call; "" when none has failed. Borrowed until this
 * thread's next failing call. Never NULL. */
CAFFE_API const char *caffe_last_error(void);

/* "CAFFE_PARSE" for 2, and so on; "unknown status" for anything else. */
CAFFE_API const char *caffe_status_name(caffe_status status);

/* ---- the process -------------------------------------------------------------------------- */

typedef struct caffe_net caffe_net;
typedef struct caffe_layer caffe_layer;
typedef struct caffe_blob caffe_blob;
typedef struct caffe_pin caffe_pin;
typedef struct caffe_solver caffe_solver;
typedef struct caffe_model caffe_model;

/* "2.0.0", and 20000 for it (major * 10000 + minor * 100 + patch). */
CAFFE_API const char *caffe_version(void);
CAFFE_API int caffe_version_number(void);

/* What was built and what was found: lines "key: value" (version, compiler, onednn, isa ...).
 * Borrowed for ever. */
CAFFE_API const char *caffe_build_info(void);

/* Frees text and buffers that are handed out as owned. caffe_free(NULL) does nothing. */
CAFFE_API void caffe_free(void *memory);

enum {
  CAFFE_LOG_DEBUG = 0,
  CAFFE_LOG_INFO = 1,
  CAFFE_LOG_WARNING = 2,
  CAFFE_LOG_ERROR = 3,
  CAFFE_LOG_NONE = 4
};

/* `line` is finished, with its prefix ("I1120 12:00:00.000000 1234 solver.cpp:195] ..."), without
 * a newline; borrowed until the callback returns. It may be called from any thread. */
typedef void (*caffe_log_callback)(int level, const char *line, void *user);

/* Sends log lines to `callback`; NULL sends them to stderr again. A line that another thread has
 * begun may still come to the one before. */
CAFFE_API caffe_status caffe_set_log_callback(caffe_log_callback callback, void *user);
/* Drops lines below `level`. The default is CAFFE_LOG_INFO, or what the environment variables
 * CAFFE_LOG_LEVEL (0 to 4) or GLOG_minloglevel (0, CAFFE_LOG_INFO, to 3) say. glog's other ones are
 * read as well when the library is opened: with GLOG_log_dir the log is in files there. */
CAFFE_API caffe_status caffe_set_log_level(int level);
/* Puts a line of one's own into the log, whatever level is set, for layers and callbacks: to the
 * callback or stderr, and to the files if there are any (stderr then shows errors alone, or what
 * GLOG_stderrthreshold says). `level` is CAFFE_LOG_DEBUG to CAFFE_LOG_ERROR; `file` and `line`,
 * __FILE__ and __LINE__, stand in the prefix. */
CAFFE_API caffe_status caffe_log(int level, const char *file, int line, const char *message);

/* Compute threads of every net that has no number of its own (the option `threads`), whichever
 * thread runs it; 0 asks for the default (OMP_NUM_THREADS, or one a core). Where other processes
 * want the same cores, set GOMP_SPINCOUNT=1000 in the environment before the program starts: GNU's
 * OpenMP runtime has waiting threads spin for milliseconds, and reads this when it is loaded. The
 * caffe command and the Python package do it by themselves. */
CAFFE_API caffe_status caffe_set_num_threads(int threads);
CAFFE_API int caffe_num_threads(void);

/* After the same seed the nets created draw the same numbers (fillers, dropout, shuffles), each
 * net by its place in the order of creation. */
CAFFE_API caffe_status caffe_set_random_seed(uint64_t seed);

/* Devices are named "cpu", "cuda" (the first GPU), "cuda:1" ...; "gpu" and "gpu:1" are those of the
 * kind that the environment's CAFFE_DEVICE names, or else CUDA's. caffe_set_device says where nets
 * created from now on live; until then it is where CAFFE_DEVICE says, or else the cpu. A device that
 * is not there is CAFFE_UNSUPPORTED with the reason, and changes nothing.
 *
 * A device works while the program goes on: values that are asked for are waited for. What fails on
 * it is told by the next call that waits; with CAFFE_SYNC=1 in the environment every layer waits, and
 * the error names it. When its memory runs out (CAFFE_OUT_OF_MEMORY) nets stay as they are. */
CAFFE_API caffe_status caffe_device_count(int64_t *count);
/* Borrowed for ever. */
CAFFE_API caffe_status caffe_device_name(const char **name, int64_t index);
/* What is known of a device, as lines "key: value": name, memory and unused (bytes), what the library
 * has in it (allocations, bytes) and what it was given so far (operations, uploads, downloads,
 * bytes_up, bytes_down, waits). Owned: caffe_free(). */
CAFFE_API caffe_status caffe_device_info(char **text, const char *device);
CAFFE_API caffe_status caffe_set_device(const char *device);
/* Borrowed for ever. */
CAFFE_API const char *caffe_get_device(void);

/* The types of layers and solvers that exist, in alphabetical order. Names are borrowed for
 * ever. */
CAFFE_API caffe_status caffe_layer_type_count(int64_t *count);
CAFFE_API caffe_status caffe_layer_type_name(const char **name, int64_t index);
/* What a type of layer is to others, without making one; borrowed for ever. `trait` is
 *   "family"       the kind of layer: "activation", "convolution" ...; "custom" for one of callbacks
 *   "purpose"      "computes", "serves" (its tops come from outside: data that is read, or that the
 *                  user fills in) or "scores" (losses, metrics, writers: what they look at does not
 *                  need them)
 *   "coordinates"  "same" when rows and columns of the top are those of the bottom, "mapped" when
 *                  the layer's parameters tell how they follow from them, "" when they do not
 * CAFFE_NOT_FOUND for a type or a trait that there is not. */
CAFFE_API caffe_status caffe_layer_type_trait(const char **value, const char *type,
                                              const char *trait);
CAFFE_API caffe_status caffe_solver_type_count(int64_t *count);
CAFFE_API caffe_status caffe_solver_type_name(const char **name, int64_t index);

/* Opens the shared object of that path and calls its `int caffe_plugin_init(void)`, which registers
 * layers and databases and returns 0. Opening one again does nothing. */
CAFFE_API caffe_status caffe_plugin_load(const char *path);

/* The `caffe` command: what its main() does, returning the exit status. */
CAFFE_API int caffe_tool_main(int argc, char **argv);

/* ---- nets --------------------------------------------------------------------------------- */

enum { CAFFE_TRAIN = 0, CAFFE_TEST = 1 };

/* Makes a net from a prototxt file, or from the text of one. *net is owned. Old formats (V0, V1)
 * are upgraded on the way. Options:
 *   level: 0            the state's level
 *   stage: "a"          (repeated) the state's stages
 *   lenient: true       unknown fields, and fields of forks that are not supported, are dropped
 *                       with a warning in the log; one without which the results would be wrong
 *                       stays an error
 *   backend: "cpu"      or "reference", the plain kernels that are the specification
 *   device: "cpu"       instead of the process's default
 *   weights: "file"     (repeated) weights to load
 *   force_backward: true  gradients for inputs and frozen parameters too
 *   seed: 7             instead of one drawn from the process's seed
 *   dialect: "segnet"   the fork of Caffe (ccnn, fcn, hed, nearest, pspnet, segnet or ssd) whose
 *                       meaning layers have where one text has several; see docs/layers.md
 *   optimize: true      fuses layers and plans their memory, for inference as fast as it goes: only
 *                       inputs, outputs and the blobs named in `keep` can be looked at then, and
 *                       there is no backward; phase CAFFE_TEST only
 *   keep: "fc7"         (repeated) a blob that can be looked at all the same
 *   convolution: "measured"  in whichever way was found fastest for a shape: at its first forward,
 *                       or, where a layer has seen 16 sizes before, at the eighth of one. What was
 *                       found is remembered in the process, and in the file that the environment's
 *                       CAFFE_CONVOLUTION_CACHE names. Gradients go by shapes alone, so that a
 *                       training can be repeated to the bit. Or "direct": never by Winograd's
 *                       transforms, which round a little differently from the plain sum; or
 *                       "winograd": by them wherever possible
 *   bf16_weights: true  inner products keep their weights with 8 bits of mantissa: half the memory
 *                       and, for small batches, two thirds of the time; in phase CAFFE_TEST, in
 *                       CAFFE_TRAIN it changes nothing, nor with transpose: true
 *   threads: 1          compute threads of this net and its clones, instead of the process's
 *                       number: for a server with one net on each of its threads */
CAFFE_API caffe_status caffe_net_create(caffe_net **net, const char *file, int phase,
                                        const char *options);
CAFFE_API caffe_status caffe_net_create_from_text(caffe_net **net, const char *text, int phase,
                                                  const char *options);
/* A second net with the same layers that shares the first one's weights and has its own blobs: one
 * net for each thread. Either may be destroyed first. *clone is owned. */
CAFFE_API caffe_status caffe_net_clone(caffe_net **clone, caffe_net *net);
/* A solver's nets go with their solver: on them this does nothing. */
CAFFE_API void caffe_net_destroy(caffe_net *net);

/* Copies weights into the layers of the same names. The file is a .caffemodel of any age, or HDF5,
 * whatever it is called. Layers the net does not have are passed over; layers the file does not
 * have keep what they hold, with a warning in the log that names them (caffe_net_layer_loaded tells
 * a program); when the file has nothing for any layer that has parameters that is CAFFE_NOT_FOUND,
 * and a file that is no weights is CAFFE_PARSE. A blob of another shape is CAFFE_SHAPE. After an
 * error nothing has been copied. A .caffemodel stays mapped and is read where weights are used: put
 * a new one into its place by renaming, and do not write into it. */
CAFFE_API caffe_status caffe_net_load_weights(caffe_net *net, const char *file);
/* The same from the bytes of a .caffemodel in memory. */
CAFFE_API caffe_status caffe_net_load_weights_from_memory(caffe_net *net, const void *bytes,
                                                          int64_t size);
/* Whether the last load gave layer `layer` (an index) all its parameters: 1 when it did, or when
 * the layer has none; 0 when it keeps some, of its fillers or of earlier loads. Weights named in
 * the options of caffe_net_create are one load. */
CAFFE_API caffe_status caffe_net_layer_loaded(int *loaded, caffe_net *net, int64_t layer);
/* Writes a .caffemodel, or HDF5 when the name ends in .h5; beside the target, then renamed. With
 * `diffs` not 0 the gradients too. */
CAFFE_API caffe_status caffe_net_save_weights(caffe_net *net, const char *file, int diffs);
/* Writes what the net computes in phase TEST as an ONNX model, weights included, for the shapes its
 * inputs have now; see docs/onnx.md. A layer that ONNX has no words for is CAFFE_UNSUPPORTED, as is
 * a file over 2 GiB, before anything is written. Options:
 *   output: "blob"      (repeated) the file's outputs, instead of the blobs no layer reads
 *   dynamic_batch: true  leaves open how many items a batch has; CAFFE_UNSUPPORTED where the net
 *                       depends on it */
CAFFE_API caffe_status caffe_net_export_onnx(caffe_net *net, const char *file, const char *options);
/* Makes the net use the other's weights, by layer name, without copying them. Parameters that
 * layers of this net share by name stay one, also where the other net has only one of the layers.
 * Layers the other net does not have keep theirs, with a warning in the log. */
CAFFE_API caffe_status caffe_net_share_weights(caffe_net *net, caffe_net *other);

/* Moves the net to a device; see caffe_set_device. Values follow when they are next used there, and
 * training goes on as if it had not moved. Nets on several devices may share weights. */
CAFFE_API caffe_status caffe_net_set_device(caffe_net *net, const char *device);
/* The name of the net's device. Borrowed for ever. */
CAFFE_API caffe_status caffe_net_device(const char **name, caffe_net *net);

/* Borrowed until the net is destroyed. */
CAFFE_API caffe_status caffe_net_name(const char **name, caffe_net *net);
CAFFE_API caffe_status caffe_net_phase(int *phase, caffe_net *net);
/* The definition as it runs: upgraded, filtered by phase, with splits. *text is owned: free it
 * with caffe_free. */
CAFFE_API caffe_status caffe_net_prototxt(char **text, caffe_net *net);
/* The text of a net of any age as one of today: V0 and V1 layers, inputs that are no layer, fields
 * that moved. No net is made, so nothing it names has to be there, and no rule of a phase is
 * followed. Text that is no net is CAFFE_PARSE. *upgraded is owned: free it with caffe_free. */
CAFFE_API caffe_status caffe_net_upgrade_text(char **upgraded, const char *text);

/* Fits all shapes to the inputs' shapes. Forward does it by itself. */
CAFFE_API caffe_status caffe_net_reshape(caffe_net *net);
/* Runs all layers, or those of indices first..last. *loss (may be NULL) gets the weighted sum of
 * the losses. A pass that fails has not been: the next one gets the same data, from all data
 * layers. */
CAFFE_API caffe_status caffe_net_forward(float *loss, caffe_net *net);
CAFFE_API caffe_status caffe_net_forward_from_to(float *loss, caffe_net *net, int64_t first,
                                                 int64_t last);
/* Gradients, from the last layer (or `first`) back to the first (or `last`: first >= last).
 * Gradients of parameters are added to what their diffs hold. No forward has to come before: all
 * values count as they are, and what a layer would keep of its forward (the choices of a maximum,
 * say) is made from its bottoms then; no blob but the diffs changes. CAFFE_STATE when a blob has
 * another shape than at the last forward or reshape. A net without a loss, to deploy, has no
 * gradients unless it was made with force_backward: true; the log says so once. */
CAFFE_API caffe_status caffe_net_backward(caffe_net *net);
CAFFE_API caffe_status caffe_net_backward_from_to(caffe_net *net, int64_t first, int64_t last);
CAFFE_API caffe_status caffe_net_clear_param_diffs(caffe_net *net);

enum {
  CAFFE_NET_BEFORE_FORWARD = 0,
  CAFFE_NET_AFTER_FORWARD = 1,
  CAFFE_NET_BEFORE_BACKWARD = 2,
  CAFFE_NET_AFTER_BACKWARD = 3
};
/* Called around each layer (by index) of a pass, on the thread that runs it, in the order added; it
 * may read and write blobs, but neither run the net nor add or remove callbacks (CAFFE_STATE).
 * Anything but CAFFE_OK ends the pass with CAFFE_CALLBACK. It stays until it is removed or the net
 * destroyed; `user` is handed to it and must last as long. Clones do not have it. */
typedef caffe_status (*caffe_net_callback)(caffe_net *net, int event, int64_t layer, void *user);
CAFFE_API caffe_status caffe_net_add_callback(caffe_net *net, caffe_net_callback callback,
                                              void *user);
/* Removes what was added with the same function and `user`, of several the last. CAFFE_NOT_FOUND
 * when there is none. */
CAFFE_API caffe_status caffe_net_remove_callback(caffe_net *net, caffe_net_callback callback,
                                                 void *user);

/* Gives a MemoryData layer (by name; NULL: the net's first layer) what it serves from now on,
 * copied: dims[0] images, a multiple of its batch size, of dims[1] channels x dims[2] x dims[3],
 * and as many labels. After the last comes the first again. They are taken as they are; with
 * `transform` not 0 each goes through the layer's transform_param, and has to have the layer's
 * shape behind it. CAFFE_SHAPE when they do not fit, CAFFE_STATE when the layer is of another type.
 */
CAFFE_API caffe_status caffe_net_set_input_arrays(caffe_net *net, const char *layer,
                                                  const int64_t *dims, const float *data,
                                                  const float *labels, int transform);

/* Layers in the order they run. Names and layers are borrowed until the net is destroyed; so are
 * all blobs below. */
CAFFE_API caffe_status caffe_net_layer_count(int64_t *count, caffe_net *net);
CAFFE_API caffe_status caffe_net_layer(caffe_layer **layer, caffe_net *net, int64_t index);
CAFFE_API caffe_status caffe_net_layer_by_name(caffe_layer **layer, caffe_net *net,
                                               const char *name);
CAFFE_API caffe_status caffe_net_layer_index(int64_t *index, caffe_net *net, const char *name);
/* The blobs (by index) a layer reads and makes. */
CAFFE_API caffe_status caffe_net_layer_bottom_count(int64_t *count, caffe_net *net, int64_t layer);
CAFFE_API caffe_status caffe_net_layer_bottom(int64_t *blob, caffe_net *net, int64_t layer,
                                              int64_t index);
CAFFE_API caffe_status caffe_net_layer_top_count(int64_t *count, caffe_net *net, int64_t layer);
CAFFE_API caffe_status caffe_net_layer_top(int64_t *blob, caffe_net *net, int64_t layer,
                                           int64_t index);
/* How many arithmetic operations a forward of the layer is, for the shapes its blobs have now; a
 * multiply-add counts as two. Simple layers count one for each value they make, those that only
 * copy none. */
CAFFE_API caffe_status caffe_net_layer_flops(int64_t *flops, caffe_net *net, int64_t layer);

/* Blobs, in the order in which layers make them. */
CAFFE_API caffe_status caffe_net_blob_count(int64_t *count, caffe_net *net);
CAFFE_API caffe_status caffe_net_blob(caffe_blob **blob, caffe_net *net, int64_t index);
CAFFE_API caffe_status caffe_net_blob_name(const char **name, caffe_net *net, int64_t index);
CAFFE_API caffe_status caffe_net_blob_by_name(caffe_blob **blob, caffe_net *net, const char *name);
CAFFE_API caffe_status caffe_net_blob_index(int64_t *index, caffe_net *net, const char *name);
/* What the blob's values are multiplied by in the loss; 0 for most. */
CAFFE_API caffe_status caffe_net_blob_loss_weight(float *weight, caffe_net *net, int64_t index);

/* Inputs (the tops of Input layers) and outputs (blobs no layer reads, in alphabetical order):
 * the blob, and its index among the net's blobs. */
CAFFE_API caffe_status caffe_net_input_count(int64_t *count, caffe_net *net);
CAFFE_API caffe_status caffe_net_input(caffe_blob **blob, caffe_net *net, int64_t index);
CAFFE_API caffe_status caffe_net_input_index(int64_t *blob, caffe_net *net, int64_t index);
CAFFE_API caffe_status caffe_net_output_count(int64_t *count, caffe_net *net);
CAFFE_API caffe_status caffe_net_output(caffe_blob **blob, caffe_net *net, int64_t index);
CAFFE_API caffe_status caffe_net_output_index(int64_t *blob, caffe_net *net, int64_t index);

/* Parameters that a solver would learn, each shared one once, with the multipliers of its learning
 * rate and weight decay. */
CAFFE_API caffe_status caffe_net_param_count(int64_t *count, caffe_net *net);
CAFFE_API caffe_status caffe_net_param(caffe_blob **blob, caffe_net *net, int64_t index);
CAFFE_API caffe_status caffe_net_param_multipliers(float *lr, float *decay, caffe_net *net,
                                                   int64_t index);

/* ---- layers ------------------------------------------------------------------------------- */

/* Borrowed until the net is destroyed. */
CAFFE_API caffe_status caffe_layer_name(const char **name, caffe_layer *layer);
CAFFE_API caffe_status caffe_layer_type(const char **type, caffe_layer *layer);
/* CAFFE_TRAIN or CAFFE_TEST: the net's, or the one the layer's prototxt names. */
CAFFE_API caffe_status caffe_layer_phase(int *phase, caffe_layer *layer);
/* Which implementation runs ("oneDNN jit:avx512_core"); "" when there is nothing to tell.
 * Borrowed until the next call on this layer. */
CAFFE_API caffe_status caffe_layer_implementation(const char **text, caffe_layer *layer);
/* The layer's own prototxt. *text is owned: free it with caffe_free. */
CAFFE_API caffe_status caffe_layer_prototxt(char **text, caffe_layer *layer);
/* The layer's parameter blobs (weights, bias, ...). */
CAFFE_API caffe_status caffe_layer_blob_count(int64_t *count, caffe_layer *layer);
CAFFE_API caffe_status caffe_layer_blob(caffe_blob **blob, caffe_layer *layer, int64_t index);

/* A layer of your own: a table of functions, called for every layer of the type registered. Those
 * that return a status return CAFFE_OK, or fail with anything else after saying why with
 * caffe_set_error(). `layer` and the blobs reached from it are borrowed until the function returns.
 * Functions that are not needed are NULL; a layer without `backward` has no gradient. */
typedef struct caffe_layer_callbacks {
  size_t size;                  /* sizeof(caffe_layer_callbacks), so that the table can grow */
  int min_bottoms, max_bottoms; /* -1: no upper bound */
  int min_tops, max_tops;
  /* Makes what one layer needs, adds its parameter blobs (caffe_layer_add_blob). After a failure
   * `destroy` is not called. */
  caffe_status (*create)(void **state, caffe_layer *layer, void *user);
  void (*destroy)(void *state, void *user);
  /* Shapes the tops (caffe_blob_reshape) to fit the bottoms; called before every forward. Required.
   */
  caffe_status (*reshape)(void *state, caffe_layer *layer, void *user);
  /* Writes the tops' data. Required. */
  caffe_status (*forward)(void *state, caffe_layer *layer, void *user);
  /* Writes the bottoms' diffs where caffe_layer_propagate_down says so, adds to the diffs of the
   * parameter blobs. */
  caffe_status (*backward)(void *state, caffe_layer *layer, void *user);
} caffe_layer_callbacks;

/* The table is copied; `user` is handed to each function. A type can be registered once. A table
 * that grows does so at its end: a program that was compiled with an older caffe.h hands over a
 * smaller one, and what it lacks counts as NULL or 0. One compiled with a newer caffe.h is taken
 * while what is new in its table is NULL or 0, else that is CAFFE_UNSUPPORTED. */
CAFFE_API caffe_status caffe_layer_register(const char *type,
                                            const caffe_layer_callbacks *callbacks, void *user);
/* What `create` has stored for this layer, borrowed until the net is destroyed; NULL for the
 * library's own layers. */
CAFFE_API caffe_status caffe_layer_state(void **state, caffe_layer *layer);
/* What a callback says before it returns a failure; copied. */
CAFFE_API void caffe_set_error(const char *message);
/* Inside a callback only (CAFFE_STATE elsewhere): the layer's bottoms and tops ... */
CAFFE_API caffe_status caffe_layer_bottom_count(int64_t *count, caffe_layer *layer);
CAFFE_API caffe_status caffe_layer_bottom(caffe_blob **blob, caffe_layer *layer, int64_t index);
CAFFE_API caffe_status caffe_layer_top_count(int64_t *count, caffe_layer *layer);
CAFFE_API caffe_status caffe_layer_top(caffe_blob **blob, caffe_layer *layer, int64_t index);
/* ... whether backward is to write bottom `index`'s diff, and parameter blob `index`'s ... */
CAFFE_API caffe_status caffe_layer_propagate_down(int *wanted, caffe_layer *layer, int64_t index);
CAFFE_API caffe_status caffe_layer_param_propagate_down(int *wanted, caffe_layer *layer,
                                                        int64_t index);
/* ... and, in `create`, a new parameter blob, filled as the text of a FillerParameter says ("type:
 * \"xavier\""; NULL for zeros). *blob is borrowed until the net is destroyed; blob may be NULL. */
CAFFE_API caffe_status caffe_layer_add_blob(caffe_blob **blob, caffe_layer *layer, int axes,
                                            const int64_t *dims, const char *filler);

/* ---- databases ---------------------------------------------------------------------------- */

/* A database of your own, for the layers that read one, Data above all: registered as "mine", it is
 * opened where data_param has a source: "mine://there", whatever its backend says. Each record is a
 * Datum (proto/caffe.proto), as in an LMDB. A layer reads ahead on threads of its own, so these run
 * on any thread: several readers at once, each of them on one thread at a time. Functions return
 * CAFFE_OK, or fail with anything else after saying why with caffe_set_error(). */
typedef struct caffe_database_callbacks {
  size_t size; /* sizeof(caffe_database_callbacks), so that the table can grow */
  /* Opens a reader at `path`, "there"; it is called several times for a layer. Required. */
  caffe_status (*open)(void **reader, const char *path, void *user);
  /* Not called when `open` has failed. May be NULL. */
  void (*close)(void *reader, void *user);
  /* How many records there are, 1 at least; asked once a reader. Required. */
  caffe_status (*count)(int64_t *count, void *reader, void *user);
  /* Record `index`, counted from 0: the bytes are borrowed until the next call with this reader.
   * They come in order unless data_param says shuffle. Required. */
  caffe_status (*read)(const void **bytes, int64_t *size, void *reader, int64_t index, void *user);
} caffe_database_callbacks;

/* The table is copied, and may be a smaller or larger one as that of a layer; `user` is handed to
 * each function. A name can be registered once. */
CAFFE_API caffe_status caffe_database_register(const char *name,
                                               const caffe_database_callbacks *callbacks,
                                               void *user);

/* ---- blobs -------------------------------------------------------------------------------- */

/* A blob of your own. *blob is owned. */
CAFFE_API caffe_status caffe_blob_create(caffe_blob **blob, int axes, const int64_t *dims);
/* Reads a BlobProto file (mean.binaryproto); *blob is owned. Writes one. */
CAFFE_API caffe_status caffe_blob_load(caffe_blob **blob, const char *file);
CAFFE_API caffe_status caffe_blob_save(caffe_blob *blob, const char *file);
/* For blobs that are owned. A net's blobs go with their net: on them this does nothing. */
CAFFE_API void caffe_blob_destroy(caffe_blob *blob);

CAFFE_API caffe_status caffe_blob_axes(int *axes, caffe_blob *blob);
/* Negative axes count from the last. */
CAFFE_API caffe_status caffe_blob_dim(int64_t *dim, caffe_blob *blob, int axis);
CAFFE_API caffe_status caffe_blob_count(int64_t *count, caffe_blob *blob);
/* An input of a net may be reshaped at any time; the net follows at its next forward. A layer's
 * parameters keep their count: a shape of another one is CAFFE_STATE. */
CAFFE_API caffe_status caffe_blob_reshape(caffe_blob *blob, int axes, const int64_t *dims);

/* The values for reading, and for reading and writing, on the host. The pointers are borrowed until
 * the next call that runs or reshapes the net, or destroys it: ask again then. Asking for mutable
 * values tells the net that they have changed. */
CAFFE_API caffe_status caffe_blob_data(const float **values, caffe_blob *blob);
CAFFE_API caffe_status caffe_blob_mutable_data(float **values, caffe_blob *blob);
CAFFE_API caffe_status caffe_blob_diff(const float **values, caffe_blob *blob);
CAFFE_API caffe_status caffe_blob_mutable_diff(float **values, caffe_blob *blob);
/* Copies `count` values in or out; CAFFE_SHAPE when the blob has another count. */
CAFFE_API caffe_status caffe_blob_set_data(caffe_blob *blob, const float *values, int64_t count);
CAFFE_API caffe_status caffe_blob_get_data(float *values, caffe_blob *blob, int64_t count);
CAFFE_API caffe_status caffe_blob_set_diff(caffe_blob *blob, const float *values, int64_t count);
CAFFE_API caffe_status caffe_blob_get_diff(float *values, caffe_blob *blob, int64_t count);

/* A pin keeps one pointer good over many runs, for those who hold on to it: while it lives, what is
 * written there is seen by the next run, and each run's results are there when it ends. The memory
 * lives until the pin is destroyed, even when the blob has been reshaped or its net destroyed; it
 * is then no longer the blob's. *pin is owned. */
enum { CAFFE_DATA = 0, CAFFE_DIFF = 1 };
CAFFE_API caffe_status caffe_blob_pin(caffe_pin **pin, caffe_blob *blob, int which);
/* Borrowed until the pin is destroyed. */
CAFFE_API caffe_status caffe_pin_values(float **values, caffe_pin *pin);
CAFFE_API void caffe_pin_destroy(caffe_pin *pin);

/* ---- solvers ------------------------------------------------------------------------------ */

/* Makes a solver and its nets from a solver prototxt, or from the text of one. *solver is owned.
 * Options:
 *   type: "Adam"        the update rule, whatever the prototxt names
 *   weights: "file"     (repeated) weights to begin with
 *   net { ... }         as for caffe_net_create, for all its nets; but levels and stages are the
 *                       prototxt's, and optimize and keep are for nets that only run forward */
CAFFE_API caffe_status caffe_solver_create(caffe_solver **solver, const char *file,
                                           const char *options);
CAFFE_API caffe_status caffe_solver_create_from_text(caffe_solver **solver, const char *text,
                                                     const char *options);
CAFFE_API void caffe_solver_destroy(caffe_solver *solver);

/* "SGD" ...; borrowed until the solver is destroyed, as are its nets. */
CAFFE_API caffe_status caffe_solver_type(const char **type, caffe_solver *solver);
/* The solver's definition as prototxt. *text is owned: free it with caffe_free. */
CAFFE_API caffe_status caffe_solver_prototxt(char **text, caffe_solver *solver);
CAFFE_API caffe_status caffe_solver_net(caffe_net **net, caffe_solver *solver);
CAFFE_API caffe_status caffe_solver_test_net_count(int64_t *count, caffe_solver *solver);
CAFFE_API caffe_status caffe_solver_test_net(caffe_net **net, caffe_solver *solver, int64_t index);

/* Trains for `iterations`, testing, logging and taking snapshots as the prototxt says. When a loss
 * is NaN or infinite and the gradient of a parameter too, that is CAFFE_STATE: the message says
 * where it began, the parameters are as they were, and the next call goes on with the next batch.
 */
CAFFE_API caffe_status caffe_solver_step(caffe_solver *solver, int64_t iterations);
/* Trains to max_iter, from a snapshot when `snapshot` is not NULL, with a snapshot at the end. */
CAFFE_API caffe_status caffe_solver_solve(caffe_solver *solver, const char *snapshot);
/* Applies the gradients that are in the net's diffs, as one iteration does. */
CAFFE_API caffe_status caffe_solver_apply_update(caffe_solver *solver);
/* Runs the test nets and logs their outputs. */
CAFFE_API caffe_status caffe_solver_test(caffe_solver *solver);
/* What the last test of a test net (by index) came to, whoever asked for it: the means over its
 * batches, one for each value of each output, in the order of the log. There are none before a
 * test. *name is the output's, borrowed until the solver is destroyed. Any thread may ask. */
CAFFE_API caffe_status caffe_solver_test_score_count(int64_t *count, caffe_solver *solver,
                                                     int64_t test_net);
CAFFE_API caffe_status caffe_solver_test_score(const char **name, float *score,
                                               caffe_solver *solver, int64_t test_net,
                                               int64_t index);
/* Writes <prefix>_iter_<n>.caffemodel and .solverstate (.h5 too, as the prototxt says). *file (may
 * be NULL) gets the solver state's path, owned: free it with caffe_free. CAFFE_STATE when training
 * has made a parameter NaN or infinite: nothing is written then, here and by step and solve. */
CAFFE_API caffe_status caffe_solver_snapshot(char **file, caffe_solver *solver);
CAFFE_API caffe_status caffe_solver_restore(caffe_solver *solver, const char *file);

CAFFE_API caffe_status caffe_solver_iter(int64_t *iter, caffe_solver *solver);
CAFFE_API caffe_status caffe_solver_max_iter(int64_t *iter, caffe_solver *solver);
/* The loss averaged over average_loss iterations, and the rate of the next iteration. */
CAFFE_API caffe_status caffe_solver_loss(float *loss, caffe_solver *solver);
CAFFE_API caffe_status caffe_solver_learning_rate(float *rate, caffe_solver *solver);

/* From any thread: end step() or solve() after the current iteration. */
CAFFE_API caffe_status caffe_solver_request_stop(caffe_solver *solver);

enum {
  CAFFE_SOLVER_BEFORE_STEP = 0,     /* before the forward pass of an iteration */
  CAFFE_SOLVER_GRADIENTS_READY = 1, /* gradients are there, parameters not yet changed */
  CAFFE_SOLVER_AFTER_STEP = 2       /* the iteration is done */
};
/* Called on the training thread, in the order added; it may use the solver's nets, read the solver,
 * test and take snapshots, but neither add nor remove callbacks (CAFFE_STATE). Anything but
 * CAFFE_OK ends the training with CAFFE_CALLBACK. It stays until it is removed or the solver
 * destroyed. */
typedef caffe_status (*caffe_solver_callback)(caffe_solver *solver, int event, void *user);
CAFFE_API caffe_status caffe_solver_add_callback(caffe_solver *solver,
                                                 caffe_solver_callback callback, void *user);
/* Removes what was added with the same function and `user`, of several the last. CAFFE_NOT_FOUND
 * when there is none. */
CAFFE_API caffe_status caffe_solver_remove_callback(caffe_solver *solver,
                                                    caffe_solver_callback callback, void *user);

/* ---- models ------------------------------------------------------------------------------- */

/* A model is a folder: a definition, weights, and a card, the YAML at the top of its readme.md,
 * which says how an image becomes the net's input and what its answers are called
 * (docs/model-card.md). To classify an image:
 *
 *     caffe_model *model;
 *     int64_t index[5], i;
 *     float probability[5];
 *     const char *label;
 *     if (caffe_model_open(&model, "models/bvlc_googlenet", NULL) ||
 *         caffe_model_predict(model, "cat.jpg") ||
 *         caffe_model_top(index, probability, model, NULL, 0, 5)) ...  caffe_last_error() ...
 *     for (i = 0; i < 5 && !caffe_model_label(&label, model, index[i]); ++i)
 *       printf("%.4f  %s\n", probability[i], label);
 *     caffe_model_destroy(model);
 *
 * A model is used by one thread at a time, as is its net. */

/* Opens the model in a folder, or the one that a readme.md describes, in phase CAFFE_TEST. *model
 * is owned. A file of it that is not there is CAFFE_IO and says what to type to get it: nothing is
 * fetched from here. A layer of Python that the card's trusted_layers do not name is
 * CAFFE_UNSUPPORTED, before any code of it runs. Options:
 *   net { ... }         as for caffe_net_create; dialect and weights instead of the card's
 *   trust: true         runs layers of Python, whatever the card names */
CAFFE_API caffe_status caffe_model_open(caffe_model **model, const char *path, const char *options);
CAFFE_API void caffe_model_destroy(caffe_model *model);

/* Borrowed until the model is destroyed. */
CAFFE_API caffe_status caffe_model_net(caffe_net **net, caffe_model *model);
/* The card's name and task ("image classification"; "" where it says none). Borrowed until the
 * model is destroyed. */
CAFFE_API caffe_status caffe_model_name(const char **name, caffe_model *model);
CAFFE_API caffe_status caffe_model_task(const char **task, caffe_model *model);
/* The names of the classes; none where the card has none. Borrowed until the model is destroyed. */
CAFFE_API caffe_status caffe_model_label_count(int64_t *count, caffe_model *model);
CAFFE_API caffe_status caffe_model_label(const char **label, caffe_model *model, int64_t index);
/* The blob of the net that images go into; and the one that answers: of that name, or for NULL the
 * one that the card expects something of, or the net's only output. Borrowed until the model is
 * destroyed. */
CAFFE_API caffe_status caffe_model_input(caffe_blob **blob, caffe_model *model);
CAFFE_API caffe_status caffe_model_output(caffe_blob **blob, caffe_model *model, const char *name);

/* Runs the net on one image in a file. */
CAFFE_API caffe_status caffe_model_predict(caffe_model *model, const char *file);
/* The `count` largest values that blob `output` (NULL as above) has for an item of the batch,
 * largest first, and their indices; `values` may be NULL. CAFFE_SHAPE when it is no answer for an
 * image but one for each place in it. */
CAFFE_API caffe_status caffe_model_top(int64_t *indices, float *values, caffe_model *model,
                                       const char *output, int64_t item, int64_t count);

/* For batches, and images that are in no file: make room for `count` images, set each, and run the
 * net (caffe_net_forward). Images are resized, cropped and so on as the card says; after a failure
 * the input is as it was. Those of a size of their own, where the model takes any, go one by one.
 *
 * Pixels are rows from top to bottom, the channels of a pixel together, from 0 to 255; `order`
 * names the channels: "BGR", "RGB", "gray", "BGRA" or "RGBA". Whatever the order, the model gets
 * its own. What is likely a mistake (values from 0 to 1, a mean image of another size) is warned of
 * in the log, once a model. */
CAFFE_API caffe_status caffe_model_set_batch(caffe_model *model, int64_t count);
CAFFE_API caffe_status caffe_model_set_image(caffe_model *model, int64_t item, const char *file);
CAFFE_API caffe_status caffe_model_set_image_from_memory(caffe_model *model, int64_t item,
                                                         const void *bytes, int64_t size);
CAFFE_API caffe_status caffe_model_set_pixels(caffe_model *model, int64_t item,
                                              const uint8_t *pixels, int64_t height, int64_t width,
                                              const char *order);
CAFFE_API caffe_status caffe_model_set_float_pixels(caffe_model *model, int64_t item,
                                                    const float *pixels, int64_t height,
                                                    int64_t width, const char *order);

/* Runs the example that the card brings along. CAFFE_PARSE when the answer is another one, because
 * weights, definition or preprocessing are; CAFFE_NOT_FOUND when the card has none. */
CAFFE_API caffe_status caffe_model_check(caffe_model *model);

#ifdef __cplusplus
}
#endif

#endif /* CAFFE_H */
