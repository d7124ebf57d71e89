/* Arguments, checked for class, size, realness and range, and results.
 *
 * Arrays have the language's order of axes, the blob's reversed: N x C x H x W in a prototxt is
 * W x H x C x N here. Both keep W the fastest in memory, so nothing is ever transposed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway.h"

void fail_argument(const call* c, int index, const char* expected) {
  fail("caffe:invalidArgument", "%s(%s): argument %d has to be %s, not %s of class %s", c->command,
       c->usage, index + 1, expected,
       mxIsComplex(c->arguments[index])                  ? "a complex array"
       : mxIsSparse(c->arguments[index])                 ? "a sparse array"
       : mxGetNumberOfElements(c->arguments[index]) == 1 ? "one value"
                                                         : "an array",
       mxGetClassName(c->arguments[index]));
}

static bool given(const call* c, int index) {
  return index < c->argument_count && !mxIsEmpty(c->arguments[index]);
}

static bool is_real(const mxArray* array) {
  return (mxIsNumeric(array) || mxIsLogical(array)) && !mxIsComplex(array) && !mxIsSparse(array);
}

double number_in(const call* c, int index, double least, double most) {
  char expected[128];
  double value;
  if (!is_real(c->arguments[index]) || mxGetNumberOfElements(c->arguments[index]) != 1)
    fail_argument(c, index, "a real number");
  value = mxGetScalar(c->arguments[index]);
  if (value >= least && value <= most && value == floor(value)) return value;
  snprintf(expected, sizeof expected, "a whole number from %.0f to %.0f, not %g", least, most,
           value);
  fail("caffe:invalidArgument", "%s(%s): argument %d has to be %s", c->command, c->usage, index + 1,
       expected);
  return 0;
}

/* Text, copied into memory of the language. */
char* text_in(const call* c, int index) {
  const mxArray* array = c->arguments[index];
  char* text;
  if (!mxIsChar(array) || mxGetNumberOfDimensions(array) != 2 ||
      (mxGetM(array) != 1 && !mxIsEmpty(array)))
    fail_argument(c, index, "a row of characters");
#ifdef MATLAB_MEX_FILE
  text = mxArrayToUTF8String(array);
#else
  text = mxMalloc(mxGetNumberOfElements(array) + 1); /* that of mxArrayToString is never freed */
  mxGetString(array, text, mxGetNumberOfElements(array) + 1);
#endif
  if (text == NULL) fail("caffe:outOfMemory", "%s: there is no memory for a text", c->command);
  if (strlen(text) < mxGetNumberOfElements(array))
    fail("caffe:invalidArgument", "%s(%s): argument %d has a zero character in it", c->command,
         c->usage, index + 1);
  return text;
}

const char* text_or_null(const call* c, int index) {
  return given(c, index) ? text_in(c, index) : NULL;
}

int choice_in(const call* c, int index, const char* const* words, int count) {
  const char* text = text_in(c, index);
  char list[256] = "";
  int i;
  for (i = 0; i < count; ++i) {
    if (strcmp(text, words[i]) == 0) return i;
    if (i > 0) strncat(list, i == count - 1 ? " or " : ", ", sizeof list - strlen(list) - 1);
    strncat(list, words[i], sizeof list - strlen(list) - 1);
  }
  fail("caffe:invalidArgument", "%s(%s): argument %d has to be %s, not '%.100s'", c->command,
       c->usage, index + 1, list, text);
  return 0;
}

int shape_in(const call* c, int index, int64_t* dims) {
  const mxArray* array = c->arguments[index];
  const size_t axes = mxGetNumberOfElements(array);
  const double* sizes;
  size_t i;
  if (!mxIsDouble(array) || mxIsComplex(array) || mxIsSparse(array) ||
      mxGetNumberOfDimensions(array) != 2 || (axes > 0 && mxGetM(array) != 1))
    fail_argument(c, index, "a row of sizes (double)");
  if (axes > MAX_AXES)
    fail("caffe:shape", "%s: a shape has at most %d axes, not %d", c->command, MAX_AXES, (int)axes);
  sizes = mxGetPr(array);
  for (i = 0; i < axes; ++i) {
    if (!(sizes[i] >= 0 && sizes[i] <= 9007199254740992.0 && sizes[i] == floor(sizes[i])))
      fail("caffe:shape", "%s: a size has to be a whole number from 0 on, not %g", c->command,
           sizes[i]);
    dims[axes - 1 - i] = (int64_t)sizes[i];
  }
  return (int)axes;
}

const float* singles_in(const call* c, int index) {
  const mxArray* array = c->arguments[index];
  if (!mxIsSingle(array) || mxIsComplex(array) || mxIsSparse(array))
    fail_argument(c, index, "a real array of class single");
  return mxGetData(array);
}

int axes_in(const call* c, int index, int most) {
  const size_t axes = (size_t)mxGetNumberOfDimensions(c->arguments[index]);
  if (axes > (size_t)most)
    fail("caffe:shape", "%s: the array has %d axes, more than %d", c->command, (int)axes, most);
  return (int)axes;
}

mxArray* from_number(double value) {
  return mxCreateDoubleScalar(value);
}

mxArray* from_owned_text(char* text) {
  /* In the language's memory before the library's is freed: creating a string may jump away. */
  char* copy = mxMalloc(strlen(text) + 1);
  strcpy(copy, text);
  caffe.free(text);
  return mxCreateString(copy);
}

int64_t axes_of(caffe_blob* blob, int64_t* dims) {
  int axes, i;
  check(caffe.blob_axes(&axes, blob));
  if (axes > MAX_AXES) fail("caffe:unsupported", "a blob of %d axes is too much here", axes);
  for (i = 0; i < axes; ++i) check(caffe.blob_dim(&dims[axes - 1 - i], blob, i));
  return axes;
}

mxArray* from_shape(const int64_t* sizes, int64_t axes) {
  mxArray* array = mxCreateDoubleMatrix(1, (mwSize)axes, mxREAL);
  int64_t i;
  for (i = 0; i < axes; ++i) mxGetPr(array)[i] = (double)sizes[i];
  return array;
}

mxArray* from_values(caffe_blob* blob, int which) {
  int64_t sizes[MAX_AXES], count, axes = axes_of(blob, sizes), i;
  mwSize dims[MAX_AXES + 2] = {1, 1};
  mxArray* array;
  for (i = 0; i < axes; ++i) dims[i] = (mwSize)sizes[i];
  check(caffe.blob_count(&count, blob));
  array = mxCreateNumericArray((mwSize)(axes < 2 ? 2 : axes), dims, mxSINGLE_CLASS, mxREAL);
  check((which == DATA ? caffe.blob_get_data : caffe.blob_get_diff)(mxGetData(array), blob, count));
  return array;
}

mxArray* field(const call* c, const char* name, mxArray* value) {
  mxSetField(*c->result, 0, name, value);
  return value;
}
