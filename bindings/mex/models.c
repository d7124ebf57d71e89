/* Commands of models. */
#include "gateway.h"

void command_model_open(const call* c) {
  const char *path = text_in(c, 0), *options = text_or_null(c, 1);
  caffe_model* model;
  reserve_owned();
  check(caffe.model_open(&model, path, options));
  own(model, MODEL);
  *c->result = from_handle(model);
}

void command_model_describe(const call* c) {
  static const char* fields[] = {"name", "task", "labels", "net"};
  caffe_model* model = model_in(c);
  caffe_net* net;
  const char* text;
  mxArray* labels;
  int64_t count, i;
  *c->result = mxCreateStructMatrix(1, 1, 4, fields);
  check(caffe.model_name(&text, model));
  field(c, "name", mxCreateString(text));
  check(caffe.model_task(&text, model));
  field(c, "task", mxCreateString(text));
  check(caffe.model_label_count(&count, model));
  labels = field(c, "labels", mxCreateCellMatrix((mwSize)count, 1));
  for (i = 0; i < count; ++i) {
    check(caffe.model_label(&text, model, i));
    mxSetCell(labels, (mwIndex)i, mxCreateString(text));
  }
  check(caffe.model_net(&net, model));
  field(c, "net", from_handle(net));
}

/* An item of the batch, counted from 1. */
static int64_t item_in(const call* c) {
  return (int64_t)number_in(c, 1, 1, 1e9) - 1;
}

void command_model_set_batch(const call* c) {
  caffe_model* model = model_in(c);
  check(caffe.model_set_batch(model, (int64_t)number_in(c, 1, 1, 1e9)));
}

void command_model_set_image(const call* c) {
  caffe_model* model = model_in(c);
  const int64_t item = item_in(c);
  check(caffe.model_set_image(model, item, text_in(c, 2)));
}

/* The channels of a pixel together: in the language's order of axes C x W x H. */
void command_model_set_pixels(const call* c) {
  static const char* const orders[] = {"gray", "BGR", "RGB", "BGRA", "RGBA"};
  static const mwSize channels[] = {1, 3, 3, 4, 4};
  caffe_model* model = model_in(c);
  const int64_t item = item_in(c);
  const mxArray* pixels = c->arguments[2];
  const int order = choice_in(c, 3, orders, 5);
  const mwSize* sizes;
  int64_t height, width;
  if (!mxIsUint8(pixels)) singles_in(c, 2);
  if (mxIsComplex(pixels)) fail_argument(c, 2, "real pixels");
  axes_in(c, 2, 3);
  sizes = mxGetDimensions(pixels);
  if (sizes[0] != channels[order])
    fail("caffe:shape", "%s: pixels of %d channels cannot be %s", c->command, (int)sizes[0],
         orders[order]);
  width = (int64_t)sizes[1];
  height = mxGetNumberOfDimensions(pixels) < 3 ? 1 : (int64_t)sizes[2];
  check(mxIsUint8(pixels)
            ? caffe.model_set_pixels(model, item, mxGetData(pixels), height, width, orders[order])
            : caffe.model_set_float_pixels(model, item, mxGetData(pixels), height, width,
                                           orders[order]));
}

/* The values that are fed, W x H x C x N. */
void command_model_input(const call* c) {
  caffe_blob* blob;
  check(caffe.model_input(&blob, model_in(c)));
  *c->result = from_values(blob, DATA);
}

/* 2 x K: the largest values' indices, counted from 1, and the values. All there are, where `count`
 * is more. */
void command_model_top(const call* c) {
  caffe_model* model = model_in(c);
  const int64_t item = item_in(c);
  int64_t wanted = (int64_t)number_in(c, 2, 1, 1e9), count, items, i, *indices;
  caffe_blob* blob;
  float* values;
  int axes;
  check(caffe.model_output(&blob, model, NULL));
  check(caffe.blob_count(&count, blob));
  check(caffe.blob_axes(&axes, blob));
  items = 1;
  if (axes > 0) check(caffe.blob_dim(&items, blob, 0));
  if (items > 0 && wanted > count / items) wanted = count / items;
  indices = mxMalloc((size_t)(wanted + 1) * sizeof *indices);
  values = mxMalloc((size_t)(wanted + 1) * sizeof *values);
  check(caffe.model_top(indices, values, model, NULL, item, wanted));
  *c->result = mxCreateDoubleMatrix(2, (mwSize)wanted, mxREAL);
  for (i = 0; i < wanted; ++i) {
    mxGetPr(*c->result)[2 * i] = (double)(indices[i] + 1);
    mxGetPr(*c->result)[2 * i + 1] = values[i];
  }
  mxFree(indices);
  mxFree(values);
}

PLAIN(model_check, model_in)
