/* Commands of nets. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

#include "gateway.h"

const char* const sources[2] = {"file", "text"};
const char* const phases[2] = {"train", "test"};

void command_net_create(const call* c) {
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

void command_net_clone(const call* c) {
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

void command_net_describe(const call* c) {
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

void command_net_forward(const call* c) {
  caffe_net* net = net_in(c);
  int64_t first, last;
  const bool part = range_in(c, net, &first, &last);
  float loss;
  check(part ? caffe.net_forward_from_to(&loss, net, first, last) : caffe.net_forward(&loss, net));
  *c->result = from_number(loss);
}

void command_net_backward(const call* c) {
  caffe_net* net = net_in(c);
  int64_t first, last;
  const bool part = range_in(c, net, &first, &last);
  check(part ? caffe.net_backward_from_to(net, first, last) : caffe.net_backward(net));
}

void command_net_save(const call* c) {
  caffe_net* net = net_in(c);
  const char* file = text_in(c, 1);
  check(caffe.net_save_weights(net, file, c->argument_count > 2 && number_in(c, 2, 0, 1) == 1));
}

void command_net_export_onnx(const call* c) {
  caffe_net* net = net_in(c);
  const char* file = text_in(c, 1);
  check(caffe.net_export_onnx(net, file, text_or_null(c, 2)));
}

void command_net_share_weights(const call* c) {
  caffe_net* net = net_in(c);
  check(caffe.net_share_weights(net, handle_in(c, 1, NET)));
}

void command_net_set_input_arrays(const call* c) {
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
void command_net_time(const call* c) {
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
