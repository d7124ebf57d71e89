/* What the YAML module (modules/yaml) offers the library: one C function in a table, so that the
 * two may be built by different compilers. Any number of threads may call it. */
#ifndef CAFFE_MODEL_YAML_TABLE_H
#define CAFFE_MODEL_YAML_TABLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAFFE_YAML_TABLE_VERSION 1

typedef struct caffe_yaml_text {
  const char* data;
  size_t size;
} caffe_yaml_text;

typedef struct caffe_yaml_error {
  int64_t line; /* counted from 0 */
  char text[512];
} caffe_yaml_error;

/* A text's values in the order in which they stand there: of a mapping a key, its value, the next
 * key; a sequence or mapping ends with an event of its own. */
enum {
  CAFFE_YAML_SCALAR = 0,
  CAFFE_YAML_SEQUENCE = 1,
  CAFFE_YAML_MAPPING = 2,
  CAFFE_YAML_END = 3 /* of the innermost sequence or mapping */
};
typedef struct caffe_yaml_event {
  int kind;
  int quoted;            /* of a scalar: in quotes, or a block, so that it can only be text */
  int64_t line;          /* counted from 0 */
  caffe_yaml_text value; /* of a scalar, until `take` returns */
} caffe_yaml_event;

typedef struct caffe_yaml_table {
  /* Hands the values of a text, which is one document or nothing, to `take`, which returns 0, or 1
   * to stop. Returns 0, or 1 with a reason in `error` (left alone when `take` has stopped it). An
   * anchor, an alias or a tag is an error. */
  int (*parse)(caffe_yaml_text text, int (*take)(const caffe_yaml_event* event, void* user),
               void* user, caffe_yaml_error* error);
} caffe_yaml_table;

#ifdef __cplusplus
}
#endif

#endif
