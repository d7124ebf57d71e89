/* What the module of a kind of device (caffe_NAME.so) offers the library: C functions in a table,
 * so that the two may be built by different compilers. Functions that can fail return one of the
 * codes below, with a message in `error`. A queue is work in order on one device; what is issued to
 * it runs later, while the caller goes on. Functions may be called by any thread, those of one
 * queue by one at a time, but for synchronize(). Nobody asks to copy, zero, transpose or convert
 * no values. */
#ifndef CAFFE_CORE_DEVICE_TABLE_H
#define CAFFE_CORE_DEVICE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAFFE_DEVICE_TABLE_VERSION 1

enum {
  CAFFE_DEVICE_OK = 0,
  CAFFE_DEVICE_FAILED = 1,
  CAFFE_DEVICE_NO_MEMORY = 2,
  CAFFE_DEVICE_LOST = 3 /* and whatever is asked of it from now on fails, too */
};

enum { CAFFE_COPY_TO_DEVICE = 0, CAFFE_COPY_TO_HOST = 1, CAFFE_COPY_ON_DEVICE = 2 };

/* The values of Encoding in core/places.hpp. */
enum { CAFFE_F32 = 0, CAFFE_BF16 = 1, CAFFE_F16 = 2, CAFFE_S8 = 3 };

typedef struct caffe_queue caffe_queue;
struct caffe_kernel_table;

typedef struct caffe_device_error {
  char text[512];
} caffe_device_error;

typedef struct caffe_device_description {
  char name[256];         /* of the product */
  int64_t memory, unused; /* bytes */
  char details[1024];     /* lines "key: value" for whoever asks what the device is */
} caffe_device_description;

typedef struct caffe_device_table {
  /* Devices are numbered from 0. */
  int (*count)(int* count, caffe_device_error* error);
  int (*describe)(int device, caffe_device_description* out, caffe_device_error* error);

  /* Memory of a device, with whatever contents, of 0 bytes as well; what is issued to a queue may
   * use it. What has been freed behind the same queue's work counts as free. free: when all is done
   * that has been issued to `after`; at once when that is NULL. */
  int (*allocate)(int device, size_t bytes, caffe_queue* queue, void** out,
                  caffe_device_error* error);
  void (*free)(int device, void* memory, caffe_queue* after);

  int (*queue_create)(int device, caffe_queue** out, caffe_device_error* error);
  /* When all is done that it was given. */
  void (*queue_destroy)(caffe_queue* queue);

  /* Memory of the host must stay as it is until the copy is done. */
  int (*copy)(caffe_queue* queue, void* to, const void* from, size_t bytes, int direction,
              caffe_device_error* error);
  int (*zero)(caffe_queue* queue, void* memory, size_t bytes, caffe_device_error* error);
  /* Each of `images` matrices of rows x columns is transposed. */
  int (*transpose)(caffe_queue* queue, const float* from, float* to, int64_t images, int64_t rows,
                   int64_t columns, caffe_device_error* error);
  /* rows x columns values from one encoding to another; in CAFFE_S8 a float for each row, its
   * scale, lies in front of all of the values. */
  int (*convert)(caffe_queue* queue, const void* from, int from_encoding, void* to, int to_encoding,
                 int64_t rows, int64_t columns, caffe_device_error* error);

  /* A point behind all that the queue has been given so far. */
  int (*record)(caffe_queue* queue, uint64_t* point, caffe_device_error* error);
  /* What is issued to `queue` from now on runs when `other`, which may be destroyed meanwhile, has
   * come to the point. */
  int (*wait)(caffe_queue* queue, caffe_queue* other, uint64_t point, caffe_device_error* error);
  /* The caller waits for it; any thread may, while another one issues work. Fails when work before
   * it has failed, and says which, once. */
  int (*synchronize)(caffe_queue* queue, uint64_t point, caffe_device_error* error);

  const struct caffe_kernel_table* kernels;
} caffe_device_table;

#ifdef __cplusplus
}
#endif

#endif
