/* What the modules of image codecs (modules/codecs: JPEG and PNG; modules/tiff, modules/webp) offer
 * the library: C functions in a table, so that the two may be built by different compilers.
 * Functions return CAFFE_CODECS_DONE, or CAFFE_CODECS_FAILED with a message in `error`. Any number
 * of threads may call them. */
#ifndef CAFFE_DATA_CODECS_TABLE_H
#define CAFFE_DATA_CODECS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAFFE_CODECS_TABLE_VERSION 2

typedef struct caffe_codecs_error {
  char text[512];
} caffe_codecs_error;

/* The bytes of a file in memory. */
typedef struct caffe_codecs_bytes {
  const unsigned char* data;
  size_t size;
} caffe_codecs_bytes;

/* Rows from top to bottom, pixels from left to right, their channels together: one (grey), three
 * (blue, green, red) or four (with alpha behind). */
typedef struct caffe_codecs_pixels {
  int64_t height, width;
  int channels;
  unsigned char* values;
} caffe_codecs_pixels;

/* PARTLY: the file is cut off or damaged within its pixels, as `error` says; what can be read of
 * them was. */
enum { CAFFE_CODECS_DONE = 0, CAFFE_CODECS_FAILED = 1, CAFFE_CODECS_PARTLY = 2 };
enum { CAFFE_CODECS_AS_STORED = 0, CAFFE_CODECS_GRAY = 1, CAFFE_CODECS_BGR = 3 };

typedef struct caffe_codecs_table {
  /* Decodes a file into 8-bit pixels of the colours asked for: once the file says how many pixels
   * there are, `place` gives memory for them (NULL: there is none). Formats other than JPEG and PNG
   * are decoded as stored only. */
  int (*decode)(caffe_codecs_bytes file, int color,
                unsigned char* (*place)(int64_t height, int64_t width, int channels, void* user),
                void* user, caffe_codecs_error* error);
  /* Encode pixels of one or three channels (PNG: or four) and call `take` with the file's bytes,
   * piece by piece; `take` returns 0, or 1 to stop. NULL in modules that only read. */
  int (*encode_jpeg)(const caffe_codecs_pixels* pixels, int quality,
                     int (*take)(caffe_codecs_bytes piece, void* user), void* user,
                     caffe_codecs_error* error);
  int (*encode_png)(const caffe_codecs_pixels* pixels,
                    int (*take)(caffe_codecs_bytes piece, void* user), void* user,
                    caffe_codecs_error* error);
} caffe_codecs_table;

#ifdef __cplusplus
}
#endif

#endif
