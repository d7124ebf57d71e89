/* What the tests of the C functions share: nets as text, calls that must fail, a folder for files.
 */
#ifndef CAFFE_TESTS_API_H_
#define CAFFE_TESTS_API_H_

#include <stdint.h>

#include "caffe.h"
#include "support/check.h"

/* A call that has to answer `status` with `part` in its message. */
void check_fails(caffe_status got, caffe_status status, const char* part, const char* file,
                 int line, const char* call);
#define CHECK_FAILS(call, status, part) \
  check_fails((call), (status), (part), __FILE__, __LINE__, #call)

/* An input of 2 x 3, an inner product to 4, a ReLU in place and a softmax. */
extern const char* const kSmallNet;
/* The same input, an inner product to 4 and a Euclidean loss against a second input. */
extern const char* const kLossNet;

/* A net of one of them; leaves the test when that fails. */
caffe_net* make_net(const char* text, int phase);

/* Input `index` filled with first, first + step, ... */
void fill_input(caffe_net* net, int64_t index, float first, float step);

/* The path of `name` in a folder that is removed when the program ends; valid until the next call
 * but three. */
const char* scratch(const char* name);

/* The whole file; *size gets its length. Freed by the caller. */
char* read_file(const char* path, long* size);
void write_file(const char* path, const void* bytes, long size);

/* The path of a list of three images, one pixel in the plainest format there is, labelled 0, 1, 2.
 */
const char* image_list(void);

/* The reshape of a custom layer whose top is as its bottom. */
caffe_status same_shape(void* state, caffe_layer* layer, void* user);

/* A handle that never was one. */
#define GARBAGE(type) ((type*)(uintptr_t)0x1234)

#endif
