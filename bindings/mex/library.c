/* The library, opened privately, and what it says: log lines and errors. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway.h"

library caffe;
static bool library_is_open = false;
static void (*before_close)(void);

/* ---- log lines ------------------------------------------------------------------------------ */

/* Lines may come from any thread, and only the interpreter's may print. They wait here until a
 * command ends, or an iteration of a training. */
static struct {
  pthread_mutex_t mutex;
  char* text;
  size_t size, capacity;
} lines = {PTHREAD_MUTEX_INITIALIZER, NULL, 0, 0};

/* So that a child made by fork() does not find them locked by a thread that it does not have. */
static void lock_lines(void) {
  pthread_mutex_lock(&lines.mutex);
}

static void unlock_lines(void) {
  pthread_mutex_unlock(&lines.mutex);
}

/* A net tells in a hundred lines how it is made. Unless a level has been chosen, information is
 * shown of what runs for long only. */
static int log_level = LOG_TRAINING;
static volatile bool runs_long = false;

static void keep_line(int level, const char* line, void* user) {
  const size_t length = strlen(line);
  (void)user;
  if (level < CAFFE_LOG_WARNING && log_level == LOG_TRAINING && !runs_long) return;
  pthread_mutex_lock(&lines.mutex);
  if (lines.size + length + 1 > lines.capacity) {
    const size_t capacity = 2 * (lines.size + length + 1);
    char* text = realloc(lines.text, capacity);
    if (text != NULL) {
      lines.text = text;
      lines.capacity = capacity;
    }
  }
  if (lines.size + length + 1 <= lines.capacity) { /* else there is no memory: it is dropped */
    memcpy(lines.text + lines.size, line, length + 1);
    lines.size += length + 1;
  }
  pthread_mutex_unlock(&lines.mutex);
}

int choose_log_level(int level) {
  const int before = log_level;
  check(caffe.set_log_level(level == LOG_TRAINING ? CAFFE_LOG_INFO : level));
  log_level = level;
  return before;
}

void set_runs_long(bool runs) {
  runs_long = runs;
}

void flush_output(void) {
#ifdef MATLAB_MEX_FILE
  mexEvalString("drawnow limitrate;");
#else
  /* Not by mexEvalString, which takes Ctrl-C back from a training that waits for it. */
  mxArray* output = mxCreateDoubleScalar(1);
  mexCallMATLAB(0, NULL, 1, &output, "fflush");
  mxDestroyArray(output);
#endif
}

void print_lines(void) {
  char* text;
  size_t size, at;
  pthread_mutex_lock(&lines.mutex);
  text = lines.text;
  size = lines.size;
  lines.text = NULL;
  lines.size = lines.capacity = 0;
  pthread_mutex_unlock(&lines.mutex);
  if (text == NULL) return;
  for (at = 0; at < size; at += strlen(text + at) + 1) mexPrintf("%s\n", text + at);
  free(text);
  flush_output();
}

/* ---- errors --------------------------------------------------------------------------------- */

void fail(const char* identifier, const char* format, ...) {
  char message[1024];
  va_list values;
  va_start(values, format);
  vsnprintf(message, sizeof message, format, values);
  va_end(values);
  print_lines();
  mexErrMsgIdAndTxt(identifier, "%s", message);
}

/* The language's error for a status of the library. */
void check(caffe_status status) {
  static const char* const identifiers[] = {
      "caffe:ok",    "caffe:invalidArgument", "caffe:parse",       "caffe:io",
      "caffe:shape", "caffe:notFound",        "caffe:unsupported", "caffe:outOfMemory",
      "caffe:state", "caffe:callback",        "caffe:internal",
  };
  const int known = status > 0 && status < (int)(sizeof identifiers / sizeof *identifiers);
  if (status == CAFFE_OK) return;
  print_lines();
  mexErrMsgIdAndTxt(known ? identifiers[status] : "caffe:internal", "%s", caffe.last_error());
}

/* ---- opening -------------------------------------------------------------------------------- */

static void close_library(void) {
  if (!library_is_open) return;
  before_close();
  caffe.set_log_callback(NULL, NULL);
  library_is_open = false;
}

/* Nothing of the library becomes visible to the process, and it sees its own libraries first. Its
 * waiting threads shall sleep soon instead of spinning for milliseconds; its OpenMP runtime reads
 * that when it is loaded. */
void open_library(void (*at_exit)(void)) {
  static bool guarded = false;
  const bool chosen = getenv("OMP_WAIT_POLICY") != NULL || getenv("GOMP_SPINCOUNT") != NULL;
  const char* said;
  void* opened;
  if (library_is_open) return;
  if (!chosen) setenv("GOMP_SPINCOUNT", "1000", 1);
  opened = dlopen("libcaffe.so.2", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!chosen) unsetenv("GOMP_SPINCOUNT");
  if (opened == NULL) fail("caffe:library", "libcaffe cannot be opened: %s", dlerror());
#define LOAD(name)                                      \
  *(void**)&caffe.name = dlsym(opened, "caffe_" #name); \
  if (caffe.name == NULL)                               \
    fail("caffe:library",                               \
         "libcaffe has no function caffe_" #name ": it is older than this interface");
  CAFFE_FUNCTIONS(LOAD)
#undef LOAD
  if (caffe.version_number() / 10000 != CAFFE_VERSION_MAJOR)
    fail("caffe:library", "libcaffe is version %s, this interface is for version %d",
         caffe.version(), CAFFE_VERSION_MAJOR);
  /* glog's variable counts from information. */
  said = getenv("GLOG_minloglevel");
  if (said != NULL && said[0] >= '0' && said[0] <= '3' && said[1] == '\0')
    log_level = said[0] - '0' + 1;
  said = getenv("CAFFE_LOG_LEVEL");
  if (said != NULL && said[0] >= '0' && said[0] <= '4') log_level = said[0] - '0';
  check(caffe.set_log_callback(keep_line, NULL));
  if (!guarded) guarded = pthread_atfork(lock_lines, unlock_lines, unlock_lines) == 0;
  library_is_open = true;
  before_close = at_exit;
  mexLock();
  mexAtExit(close_library);
}
