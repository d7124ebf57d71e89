/* Commands of blobs. */
#include <stdio.h>

#include "gateway.h"

static const char* const halves[] = {"data", "diff"};

void command_blob_shape(const call* c) {
  int64_t sizes[MAX_AXES];
  const int64_t axes = axes_of(blob_in(c), sizes);
  *c->result = from_shape(sizes, axes);
}

void command_blob_reshape(const call* c) {
  caffe_blob* blob = blob_in(c);
  int64_t dims[MAX_AXES];
  const int axes = shape_in(c, 1, dims);
  check(caffe.blob_reshape(blob, axes, dims));
}

void command_blob_get(const call* c) {
  caffe_blob* blob = blob_in(c);
  *c->result = from_values(blob, choice_in(c, 1, halves, 2));
}

/* "[28 28 1 64]", cut off where it grows too long. */
static void print_sizes(char* text, size_t size, const int64_t* sizes, int64_t axes) {
  size_t at = 1;
  int64_t i;
  text[0] = '[';
  for (i = 0; i < axes && at + 24 < size; ++i)
    at += (size_t)snprintf(text + at, size - at, i == 0 ? "%lld" : " %lld", (long long)sizes[i]);
  snprintf(text + at, size - at, "]");
}

void command_blob_set(const call* c) {
  caffe_blob* blob = blob_in(c);
  const int which = choice_in(c, 1, halves, 2);
  const float* values = singles_in(c, 2);
  const mxArray* array = c->arguments[2];
  const int64_t count = (int64_t)mxGetNumberOfElements(array);
  int64_t sizes[MAX_AXES], got[MAX_AXES], axes = axes_of(blob, sizes), i;
  const int64_t got_axes = axes_in(c, 2, MAX_AXES);
  bool same = true;
  for (i = 0; i < got_axes; ++i) got[i] = (int64_t)mxGetDimensions(array)[i];
  for (i = 0; i < axes || i < got_axes; ++i)
    same = same && (i < axes ? sizes[i] : 1) == (i < got_axes ? got[i] : 1);
  if (!same) {
    /* Images that are not square show when somebody hands them over as the language reads them. */
    const bool turned =
        axes > 1 && sizes[0] != sizes[1] && got[0] == sizes[1] && got[1] == sizes[0];
    char expected[256], came[256];
    print_sizes(expected, sizeof expected, sizes, axes);
    print_sizes(came, sizeof came, got, got_axes);
    fail(
        "caffe:shape",
        "the blob's %s is of size %s, the array of size %s: sizes are width first, W x H x C x N%s "
        "(caffe.io.from_image turns what imread gives; blob.reshape gives an input another size)",
        halves[which], expected, came, turned ? ", and the array is height first" : "");
  }
  check((which == DATA ? caffe.blob_set_data : caffe.blob_set_diff)(blob, values, count));
}

/* A BlobProto file as an array. While a blob of our own is looked into it is in the table, so that
 * a jump leaves it to reset_all. */
void command_blob_load(const call* c) {
  const char* file = text_in(c, 0);
  caffe_blob* blob;
  reserve_owned();
  check(caffe.blob_load(&blob, file));
  own(blob, BLOB);
  *c->result = from_values(blob, DATA);
  disown((uint64_t)(uintptr_t)blob);
}

void command_blob_save(const call* c) {
  const char* file = text_in(c, 0);
  const float* values = singles_in(c, 1);
  const mxArray* array = c->arguments[1];
  int64_t dims[MAX_AXES] = {1, 1, 1, 1};
  const int axes = axes_in(c, 1, MAX_AXES), wanted = axes < 4 ? 4 : axes;
  caffe_blob* blob;
  int i;
  for (i = 0; i < axes; ++i) dims[wanted - 1 - i] = (int64_t)mxGetDimensions(array)[i];
  reserve_owned();
  check(caffe.blob_create(&blob, wanted, dims));
  own(blob, BLOB);
  check(caffe.blob_set_data(blob, values, (int64_t)mxGetNumberOfElements(array)));
  check(caffe.blob_save(blob, file));
  disown((uint64_t)(uintptr_t)blob);
}
