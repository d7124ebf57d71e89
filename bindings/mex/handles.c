/* Handles are the library's own: whole numbers (uint64 here) that are never followed and never
 * given out twice. So a stale one, one of another kind and garbage are told apart and refused. */
#include <stdlib.h>

#include "gateway.h"

static const char* const kind_names[] = {"net", "solver", "layer", "blob", "model"};

typedef struct {
  uint64_t value;
  enum kind kind;
} handle;

/* The nets, solvers and models that this session has made, and blobs for a moment. */
static struct {
  handle* items;
  size_t count, capacity;
} owned = {NULL, 0, 0};

/* Handles are counted upwards: those from before the last reset_all are below this. */
static uint64_t first_of_now = 0;
static uint64_t last_given = 0;

static void* pointer_of(uint64_t value) {
  return (void*)(uintptr_t)value;
}

static uint64_t value_of(const void* pointer) {
  const uint64_t value = (uint64_t)(uintptr_t)pointer;
  if (value > last_given) last_given = value;
  return value;
}

void reserve_owned(void) {
  if (owned.count == owned.capacity) {
    const size_t capacity = owned.capacity == 0 ? 16 : 2 * owned.capacity;
    handle* items = realloc(owned.items, capacity * sizeof *items);
    if (items == NULL) fail("caffe:outOfMemory", "there is no memory for another handle");
    owned.items = items;
    owned.capacity = capacity;
  }
}

void own(const void* pointer, enum kind kind) {
  const handle new_one = {value_of(pointer), kind};
  owned.items[owned.count++] = new_one;
}

static void destroy(handle what) {
  if (what.kind == NET) caffe.net_destroy(pointer_of(what.value));
  if (what.kind == SOLVER) caffe.solver_destroy(pointer_of(what.value));
  if (what.kind == BLOB) caffe.blob_destroy(pointer_of(what.value));
  if (what.kind == MODEL) caffe.model_destroy(pointer_of(what.value));
}

void disown(uint64_t value) {
  size_t i;
  for (i = 0; i < owned.count; ++i) {
    if (owned.items[i].value != value) continue;
    destroy(owned.items[i]);
    owned.items[i] = owned.items[--owned.count];
    return;
  }
}

void destroy_all(void) {
  while (owned.count > 0) destroy(owned.items[--owned.count]);
  free(owned.items);
  owned.items = NULL;
  owned.capacity = 0;
  first_of_now = last_given + 1;
}

size_t owned_count(void) {
  return owned.count;
}

static bool lives(uint64_t value, enum kind kind) {
  int number;
  int64_t count;
  const char* name;
  switch (kind) {
    case NET:
      return caffe.net_phase(&number, pointer_of(value)) == CAFFE_OK;
    case SOLVER:
      return caffe.solver_iter(&count, pointer_of(value)) == CAFFE_OK;
    case LAYER:
      return caffe.layer_phase(&number, pointer_of(value)) == CAFFE_OK;
    case BLOB:
      return caffe.blob_axes(&number, pointer_of(value)) == CAFFE_OK;
    case MODEL:
      return caffe.model_name(&name, pointer_of(value)) == CAFFE_OK;
  }
  return false;
}

uint64_t handle_value(const call* c, int index) {
  const mxArray* array = c->arguments[index];
  if (!mxIsUint64(array) || mxIsComplex(array) || mxGetNumberOfElements(array) != 1)
    fail_argument(c, index, "a handle");
  return *(const uint64_t*)mxGetData(array);
}

void* handle_in(const call* c, int index, enum kind kind) {
  const uint64_t value = handle_value(c, index);
  int other;
  if (lives(value, kind)) return pointer_of(value);
  for (other = NET; other <= MODEL; ++other) {
    if (lives(value, (enum kind)other))
      fail("caffe:invalidArgument", "%s: this is the handle of a %s, not of a %s", c->command,
           kind_names[other], kind_names[kind]);
  }
  if (value == 0 || value > last_given)
    fail("caffe:invalidArgument", "%s: this is not the handle of a %s", c->command,
         kind_names[kind]);
  if (value < first_of_now)
    fail("caffe:stale", "%s: this %s is from before caffe.reset_all", c->command, kind_names[kind]);
  fail("caffe:stale", "%s: this %s has been deleted, or what it belonged to has", c->command,
       kind_names[kind]);
  return NULL;
}

caffe_net* net_in(const call* c) {
  return handle_in(c, 0, NET);
}
caffe_solver* solver_in(const call* c) {
  return handle_in(c, 0, SOLVER);
}
caffe_layer* layer_in(const call* c) {
  return handle_in(c, 0, LAYER);
}
caffe_blob* blob_in(const call* c) {
  return handle_in(c, 0, BLOB);
}
caffe_model* model_in(const call* c) {
  return handle_in(c, 0, MODEL);
}

mxArray* new_handles(int64_t count) {
  return mxCreateNumericMatrix(1, (mwSize)count, mxUINT64_CLASS, mxREAL);
}

void put_handle(mxArray* array, int64_t index, const void* pointer) {
  ((uint64_t*)mxGetData(array))[index] = value_of(pointer);
}

mxArray* from_handle(const void* pointer) {
  mxArray* array = new_handles(1);
  put_handle(array, 0, pointer);
  return array;
}
