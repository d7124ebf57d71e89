/* caffe_mex: what the MATLAB and Octave package (matlab/+caffe) calls of libcaffe.
 *
 * One function, caffe_mex(command, argument, ...), driven by the table at the end of this file: a
 * row is a command's name, its function, how many arguments it takes, and their names. Users call
 * the package, which has help and names; the gateway checks every argument all the same, so that no
 * call can crash the session.
 */
#define _POSIX_C_SOURCE 200809L
#include <string.h>
#include <time.h>

#include "gateway.h"

const char* const sources[2] = {"file", "text"};

/* ---- the process ---------------------------------------------------------------------------- */

static void version(const call* c) {
  *c->result = mxCreateString(caffe.version());
}

static void build_info(const call* c) {
  *c->result = mxCreateString(caffe.build_info());
}

/* A cell of the names that the library counts out. */
static mxArray* names(caffe_status (*count_of)(int64_t*),
                      caffe_status (*name_of)(const char**, int64_t)) {
  int64_t count, i;
  const char* name;
  mxArray* cell;
  check(count_of(&count));
  cell = mxCreateCellMatrix((mwSize)count, 1);
  for (i = 0; i < count; ++i) {
    check(name_of(&name, i));
    mxSetCell(cell, (mwIndex)i, mxCreateString(name));
  }
  return cell;
}

static void devices(const call* c) {
  *c->result = names(caffe.device_count, caffe.device_name);
}
static void layer_types(const call* c) {
  *c->result = names(caffe.layer_type_count, caffe.layer_type_name);
}
static void get_device(const call* c) {
  *c->result = mxCreateString(caffe.get_device());
}

static void set_device(const call* c) {
  check(caffe.set_device(text_in(c, 0)));
}

static void get_threads(const call* c) {
  *c->result = from_number(caffe.num_threads());
}

static void set_threads(const call* c) {
  check(caffe.set_num_threads((int)number_in(c, 0, 0, 65536)));
}

static void set_seed(const call* c) {
  check(caffe.set_random_seed((uint64_t)number_in(c, 0, 0, 9007199254740992.0)));
}

/* Returns the level before. */
static void set_log_level(const call* c) {
  static const char* const levels[] = {"debug", "info", "warning", "error", "none", "training"};
  const int level = choice_in(c, 0, levels, 6);
  *c->result = mxCreateString(levels[choose_log_level(level)]);
}

static void load_plugin(const call* c) {
  check(caffe.plugin_load(text_in(c, 0)));
}

static void reset_all(const call* c) {
  (void)c;
  destroy_all();
}

static void destroy_one(const call* c) {
  disown(handle_value(c, 0));
}
static void living(const call* c) {
  *c->result = from_number((double)owned_count());
}

/* ---- nets ----------------------------------------------------------------------------------- */

const char* const phases[2] = {"train", "test"};

static void net_create(const call* c) {
  const bool text = choice_in(c, 0, sources, 2);
  const char* source = text_in(c, 1);
  const int phase = choice_in(c, 2, phases, 2);
  const char* options = text_or_null(c, 3);
  caffe_net* net;
  reserve_owned();
  check((text ? caffe.net_create_from_text : caffe.net_create)(&net, source, phase, options));
  own(net, NET);
  *c->result = from_handle(net);
}

static void net_clone(const call* c) {
  caffe_net *net = net_in(c), *clone;
  reserve_owned();
  check(caffe.net_clone(&clone, net));
  own(clone, NET);
  *c->result = from_handle(clone);
}

/* What a net or one of its layers has of a kind, as indices of blobs, counted from 1, a column. */
enum { INPUTS, OUTPUTS, BOTTOMS, TOPS };

static mxArray* indices(caffe_net* net, int what, int64_t layer) {
  int64_t count, i, blob;
  mxArray* array;
  check(what == INPUTS    ? caffe.net_input_count(&count, net)
        : what == OUTPUTS ? caffe.net_output_count(&count, net)
        : what == BOTTOMS ? caffe.net_layer_bottom_count(&count, net, layer)
                          : caffe.net_layer_top_count(&count, net, layer));
  array = mxCreateDoubleMatrix((mwSize)count, 1, mxREAL);
  for (i = 0; i < count; ++i) {
    check(what == INPUTS    ? caffe.net_input_index(&blob, net, i)
          : what == OUTPUTS ? caffe.net_output_index(&blob, net, i)
          : what == BOTTOMS ? caffe.net_layer_bottom(&blob, net, layer, i)
                            : caffe.net_layer_top(&blob, net, layer, i));
    mxGetPr(array)[i] = (double)(blob + 1);
  }
  return array;
}

static void net_describe(const call* c) {
  static const char* fields[] = {"name", "phase", "layers",     "layer_names", "bottoms",
                                 "tops", "blobs", "blob_names", "inputs",      "outputs"};
  caffe_net* net = net_in(c);
  mxArray *handles, *names, *bottoms, *tops;
  int64_t count, i;
  caffe_layer* layer;
  caffe_blob* blob;
  const char* name;
  int phase;
  *c->result = mxCreateStructMatrix(1, 1, 10, fields);
  check(caffe.net_layer_count(&count, net));
  handles = field(c, "layers", new_handles(count));
  names = field(c, "layer_names", mxCreateCellMatrix((mwSize)count, 1));
  bottoms = field(c, "bottoms", mxCreateCellMatrix((mwSize)count, 1));
  tops = field(c, "tops", mxCreateCellMatrix((mwSize)count, 1));
  for (i = 0; i < count; ++i) {
    check(caffe.net_layer(&layer, net, i));
    check(caffe.layer_name(&name, layer));
    put_handle(handles, i, layer);
    mxSetCell(names, (mwIndex)i, mxCreateString(name));
    mxSetCell(bottoms, (mwIndex)i, indices(net, BOTTOMS, i));
    mxSetCell(tops, (mwIndex)i, indices(net, TOPS, i));
  }
  check(caffe.net_blob_count(&count, net));
  handles = field(c, "blobs", new_handles(count));
  names = field(c, "blob_names", mxCreateCellMatrix((mwSize)count, 1));
  for (i = 0; i < count; ++i) {
    check(caffe.net_blob(&blob, net, i));
    check(caffe.net_blob_name(&name, net, i));
    put_handle(handles, i, blob);
    mxSetCell(names, (mwIndex)i, mxCreateString(name));
  }
  check(caffe.net_name(&name, net));
  field(c, "name", mxCreateString(name));
  check(caffe.net_phase(&phase, net));
  field(c, "phase", mxCreateString(phases[phase]));
  field(c, "inputs", indices(net, INPUTS, 0));
  field(c, "outputs", indices(net, OUTPUTS, 0));
}

static int64_t layer_index_in(const call* c, int index, caffe_net* net) {
  int64_t count;
  check(caffe.net_layer_count(&count, net));
  return (int64_t)number_in(c, index, 1, (double)count) - 1;
}

/* The layers from argument 1 to argument 2, counted from 1; all where there is none. */
static bool range_in(const call* c, caffe_net* net, int64_t* first, int64_t* last) {
  if (c->argument_count == 1) return false;
  *first = layer_index_in(c, 1, net);
  *last = c->argument_count == 2 ? *first : layer_index_in(c, 2, net);
  return true;
}

static void net_forward(const call* c) {
  caffe_net* net = net_in(c);
  int64_t first, last;
  const bool part = range_in(c, net, &first, &last);
  float loss;
  check(part ? caffe.net_forward_from_to(&loss, net, first, last) : caffe.net_forward(&loss, net));
  *c->result = from_number(loss);
}

static void net_backward(const call* c) {
  caffe_net* net = net_in(c);
  int64_t first, last;
  const bool part = range_in(c, net, &first, &last);
  check(part ? caffe.net_backward_from_to(net, first, last) : caffe.net_backward(net));
}

static void net_save(const call* c) {
  caffe_net* net = net_in(c);
  const char* file = text_in(c, 1);
  check(caffe.net_save_weights(net, file, c->argument_count > 2 && number_in(c, 2, 0, 1) == 1));
}

static void net_export_onnx(const call* c) {
  caffe_net* net = net_in(c);
  const char* file = text_in(c, 1);
  check(caffe.net_export_onnx(net, file, text_or_null(c, 2)));
}

static void net_share_weights(const call* c) {
  caffe_net* net = net_in(c);
  check(caffe.net_share_weights(net, handle_in(c, 1, NET)));
}

static void net_set_input_arrays(const call* c) {
  caffe_net* net = net_in(c);
  const char* layer = text_or_null(c, 1);
  const float *data = singles_in(c, 2), *labels = singles_in(c, 3);
  const int transform = c->argument_count > 4 && number_in(c, 4, 0, 1) == 1;
  const double label_count = (double)mxGetNumberOfElements(c->arguments[3]);
  int64_t dims[4] = {1, 1, 1, 1};
  int i, axes = axes_in(c, 2, 4);
  for (i = 0; i < axes; ++i) dims[3 - i] = (int64_t)mxGetDimensions(c->arguments[2])[i];
  if (label_count != (double)dims[0])
    fail("caffe:shape", "%s: %.0f labels do not fit %.0f images", c->command, label_count,
         (double)dims[0]);
  check(caffe.net_set_input_arrays(net, layer, dims, data, labels, transform));
}

static double now_in_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

/* Layers x 2, milliseconds: means over the iterations, forward and backward, layer by layer. */
static void net_time(const call* c) {
  caffe_net* net = net_in(c);
  const int iterations = (int)number_in(c, 1, 1, 1e6);
  const bool backward = number_in(c, 2, 0, 1) == 1;
  int64_t count, i;
  double *times, begin;
  int round;
  check(caffe.net_layer_count(&count, net));
  *c->result = mxCreateDoubleMatrix((mwSize)count, 2, mxREAL);
  times = mxGetPr(*c->result);
  for (round = 0; round < iterations; ++round) {
    for (i = 0; i < count; ++i) {
      begin = now_in_ms();
      check(caffe.net_forward_from_to(NULL, net, i, i));
      times[i] += (now_in_ms() - begin) / iterations;
    }
    for (i = count - 1; i >= 0 && backward; --i) {
      begin = now_in_ms();
      check(caffe.net_backward_from_to(net, i, i));
      times[count + i] += (now_in_ms() - begin) / iterations;
    }
  }
}

PLAIN(net_clear_param_diffs, net_in)
PLAIN(net_reshape, net_in)
WITH_TEXT(net_copy_from, net_in, net_load_weights)
WITH_TEXT(net_set_device, net_in, net_set_device)
OWNED_TEXT(net_prototxt, net_in)

/* ---- the table ------------------------------------------------------------------------------ */

static void list_commands(const call* c);

static const struct {
  const char* name;
  void (*run)(const call* c);
  int least, most; /* arguments */
  const char* usage;
} commands[] = {
    {"commands", list_commands, 0, 0, ""},
    {"version", version, 0, 0, ""},
    {"build_info", build_info, 0, 0, ""},
    {"devices", devices, 0, 0, ""},
    {"get_device", get_device, 0, 0, ""},
    {"set_device", set_device, 1, 1, "device"},
    {"get_threads", get_threads, 0, 0, ""},
    {"set_threads", set_threads, 1, 1, "threads"},
    {"set_seed", set_seed, 1, 1, "seed"},
    {"set_log_level", set_log_level, 1, 1, "level"},
    {"layer_types", layer_types, 0, 0, ""},
    {"load_plugin", load_plugin, 1, 1, "file"},
    {"reset_all", reset_all, 0, 0, ""},
    {"destroy", destroy_one, 1, 1, "handle"},
    {"living", living, 0, 0, ""},
    {"net_create", net_create, 3, 4, "'file' or 'text', source, phase, options"},
    {"net_clone", net_clone, 1, 1, "net"},
    {"net_describe", net_describe, 1, 1, "net"},
    {"net_prototxt", net_prototxt, 1, 1, "net"},
    {"net_forward", net_forward, 1, 3, "net, first, last"},
    {"net_backward", net_backward, 1, 3, "net, first, last"},
    {"net_clear_param_diffs", net_clear_param_diffs, 1, 1, "net"},
    {"net_reshape", net_reshape, 1, 1, "net"},
    {"net_copy_from", net_copy_from, 2, 2, "net, file"},
    {"net_save", net_save, 2, 3, "net, file, diffs"},
    {"net_export_onnx", net_export_onnx, 2, 3, "net, file, options"},
    {"net_share_weights", net_share_weights, 2, 2, "net, other"},
    {"net_set_device", net_set_device, 2, 2, "net, device"},
    {"net_set_input_arrays", net_set_input_arrays, 4, 5, "net, layer, data, labels, transform"},
    {"net_time", net_time, 3, 3, "net, iterations, backward"},
    {"layer_describe", layer_describe, 1, 1, "layer"},
    {"layer_implementation", layer_implementation, 1, 1, "layer"},
    {"layer_prototxt", layer_prototxt, 1, 1, "layer"},
    {"blob_shape", blob_shape, 1, 1, "blob"},
    {"blob_reshape", blob_reshape, 2, 2, "blob, shape"},
    {"blob_get", blob_get, 2, 2, "blob, 'data' or 'diff'"},
    {"blob_set", blob_set, 3, 3, "blob, 'data' or 'diff', values"},
    {"blob_load", blob_load, 1, 1, "file"},
    {"blob_save", blob_save, 2, 2, "file, values"},
    {"model_open", model_open, 1, 2, "path, options"},
    {"model_describe", model_describe, 1, 1, "model"},
    {"model_set_batch", model_set_batch, 2, 2, "model, count"},
    {"model_set_image", model_set_image, 3, 3, "model, item, file"},
    {"model_set_pixels", model_set_pixels, 4, 4, "model, item, pixels C x W x H, order"},
    {"model_input", model_input, 1, 1, "model"},
    {"model_top", model_top, 3, 3, "model, item, count"},
    {"model_check", model_check, 1, 1, "model"},
    {"solver_create", solver_create, 2, 3, "'file' or 'text', source, options"},
    {"solver_describe", solver_describe, 1, 1, "solver"},
    {"solver_iter", solver_iter, 1, 1, "solver"},
    {"solver_max_iter", solver_max_iter, 1, 1, "solver"},
    {"solver_loss", solver_loss, 1, 1, "solver"},
    {"solver_learning_rate", solver_learning_rate, 1, 1, "solver"},
    {"solver_prototxt", solver_prototxt, 1, 1, "solver"},
    {"solver_step", solver_step, 2, 2, "solver, iterations"},
    {"solver_solve", solver_solve, 1, 2, "solver, snapshot"},
    {"solver_test", solver_test, 1, 1, "solver"},
    {"solver_apply_update", solver_apply_update, 1, 1, "solver"},
    {"solver_restore", solver_restore, 2, 2, "solver, file"},
    {"solver_snapshot", solver_snapshot, 1, 1, "solver"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/* The table: a struct array of name, least, most and usage. */
static void list_commands(const call* c) {
  static const char* fields[] = {"name", "least", "most", "usage"};
  mwIndex i;
  *c->result = mxCreateStructMatrix(1, COMMAND_COUNT, 4, fields);
  for (i = 0; i < COMMAND_COUNT; ++i) {
    mxSetField(*c->result, i, "name", mxCreateString(commands[i].name));
    mxSetField(*c->result, i, "least", from_number(commands[i].least));
    mxSetField(*c->result, i, "most", from_number(commands[i].most));
    mxSetField(*c->result, i, "usage", mxCreateString(commands[i].usage));
  }
}

/* The only symbol that is seen from outside. */
CAFFE_API void mexFunction(int result_count, mxArray** results, int argument_count,
                           const mxArray** arguments) {
  call c = {"caffe_mex", "command, ...", argument_count, arguments, results};
  const char* name;
  size_t i;
  (void)result_count; /* there is room for one result, always */
  if (argument_count == 0) fail("caffe:invalidArgument", "usage: caffe_mex(command, ...)");
  name = text_in(&c, 0);
  for (i = 0; i < COMMAND_COUNT; ++i) {
    if (strcmp(name, commands[i].name) != 0) continue;
    c.command = commands[i].name;
    c.usage = commands[i].usage;
    c.argument_count = argument_count - 1;
    c.arguments = arguments + 1;
    if (c.argument_count < commands[i].least || c.argument_count > commands[i].most)
      fail("caffe:invalidArgument", "usage: caffe_mex('%s'%s%s)", c.command,
           c.usage[0] == '\0' ? "" : ", ", c.usage);
    open_library(destroy_all);
    commands[i].run(&c);
    print_lines();
    return;
  }
  fail("caffe:invalidArgument", "caffe_mex has no command '%.100s'", name);
}
