/* What the LevelDB module (modules/leveldb) offers the library: C functions in a table, so that the
 * two may be built by different compilers. Functions that return int return 0, or 1 with a reason
 * in `error`. A reader or writer is used by one thread at a time; any number of them may be open.
 */
#ifndef CAFFE_DATA_LEVELDB_TABLE_H
#define CAFFE_DATA_LEVELDB_TABLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAFFE_LEVELDB_TABLE_VERSION 1

typedef struct caffe_leveldb_reader caffe_leveldb_reader;
typedef struct caffe_leveldb_writer caffe_leveldb_writer;

typedef struct caffe_leveldb_error {
  int damaged; /* whether what the files hold is wrong, not how they were reached */
  char text[512];
} caffe_leveldb_error;

typedef struct caffe_leveldb_bytes {
  const char* data;
  size_t size;
} caffe_leveldb_bytes;

typedef struct caffe_leveldb_table {
  /* Opens the database in the folder at `path`; nothing there is changed or added. */
  int (*open)(caffe_leveldb_reader** out, const char* path, caffe_leveldb_error* error);
  void (*close)(caffe_leveldb_reader* reader);
  /* To the first record, or the one after this; `found` is 0 when there is none. */
  int (*first)(caffe_leveldb_reader* reader, int* found, caffe_leveldb_error* error);
  int (*next)(caffe_leveldb_reader* reader, int* found, caffe_leveldb_error* error);
  /* The record that was found, until the reader moves. */
  void (*record)(const caffe_leveldb_reader* reader, caffe_leveldb_bytes* key,
                 caffe_leveldb_bytes* value);
  /* The number of records; reads all of them, and leaves the reader where it is. */
  int (*count)(const caffe_leveldb_reader* reader, int64_t* out, caffe_leveldb_error* error);

  /* Makes a database in the folder at `path`, which holds none. */
  int (*create)(caffe_leveldb_writer** out, const char* path, caffe_leveldb_error* error);
  int (*put)(caffe_leveldb_writer* writer, caffe_leveldb_bytes key, caffe_leveldb_bytes value,
             caffe_leveldb_error* error);
  /* Makes sure that all records are on the disk; nothing can be put any more. */
  int (*finish)(caffe_leveldb_writer* writer, caffe_leveldb_error* error);
  void (*discard)(caffe_leveldb_writer* writer);
} caffe_leveldb_table;

#ifdef __cplusplus
}
#endif

#endif
