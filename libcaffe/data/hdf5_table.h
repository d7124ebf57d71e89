/* What the HDF5 module (modules/hdf5) offers the library: C functions in a table, so that the two
 * may be built by different compilers. Functions return 0, or 1 with a message in `error`. Names
 * are paths inside the file, their parts separated by "/". What a file takes from elsewhere is an
 * error: links to other files and out of their group, values kept in other files. The caller takes
 * care that no two calls run at the same time, whatever the file: libhdf5 is not thread-safe. */
#ifndef CAFFE_DATA_HDF5_TABLE_H
#define CAFFE_DATA_HDF5_TABLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAFFE_HDF5_TABLE_VERSION 2
#define CAFFE_HDF5_MAX_AXES 32

/* What lies under a name. */
enum { CAFFE_HDF5_NOTHING = 0, CAFFE_HDF5_GROUP = 1, CAFFE_HDF5_DATASET = 2, CAFFE_HDF5_OTHER = 3 };

typedef struct caffe_hdf5_file caffe_hdf5_file;

typedef struct caffe_hdf5_error {
  char text[512];
} caffe_hdf5_error;

typedef struct caffe_hdf5_table {
  /* Opens the file at `path` for reading. */
  int (*open)(caffe_hdf5_file** out, const char* path, caffe_hdf5_error* error);
  /* Makes a new file in memory: when a disk fills up under libhdf5 it can no longer close its file
   * and fails when the process ends. */
  int (*create)(caffe_hdf5_file** out, caffe_hdf5_error* error);
  /* Calls `take` once with the bytes of a created file. */
  int (*bytes)(caffe_hdf5_file* file, void (*take)(const char*, size_t, void*), void* user,
               caffe_hdf5_error* error);
  void (*close)(caffe_hdf5_file* file);
  int (*kind)(caffe_hdf5_file* file, const char* name, int* out, caffe_hdf5_error* error);
  /* Calls `each` with the name of every member of a group, in alphabetical order. */
  int (*list)(caffe_hdf5_file* file, const char* group, void (*each)(const char*, void*),
              void* user, caffe_hdf5_error* error);
  /* The extents of a dataset of numbers; an error for any other. */
  int (*dims)(caffe_hdf5_file* file, const char* name, int64_t dims[CAFFE_HDF5_MAX_AXES], int* axes,
              caffe_hdf5_error* error);
  /* Rows [begin, end) along the first axis, any numeric type; begin < 0: everything. */
  int (*read_floats)(caffe_hdf5_file* file, const char* name, int64_t begin, int64_t end,
                     float* values, caffe_hdf5_error* error);
  int (*write_floats)(caffe_hdf5_file* file, const char* name, const int64_t* dims, int axes,
                      const float* values, caffe_hdf5_error* error);
  int (*read_int)(caffe_hdf5_file* file, const char* name, int32_t* value, caffe_hdf5_error* error);
  int (*write_int)(caffe_hdf5_file* file, const char* name, int32_t value, caffe_hdf5_error* error);
  /* Calls `take` once with the text. */
  int (*read_string)(caffe_hdf5_file* file, const char* name, void (*take)(const char*, void*),
                     void* user, caffe_hdf5_error* error);
  int (*write_string)(caffe_hdf5_file* file, const char* name, const char* value,
                      caffe_hdf5_error* error);
  int (*create_group)(caffe_hdf5_file* file, const char* name, caffe_hdf5_error* error);
  /* Gives what lies under `target` a second name. */
  int (*link)(caffe_hdf5_file* file, const char* target, const char* name, caffe_hdf5_error* error);
} caffe_hdf5_table;

#ifdef __cplusplus
}
#endif

#endif
