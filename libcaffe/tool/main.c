/* The caffe command: all of it is in the library, which is opened here and not linked, so that its
 * OpenMP runtime finds what it shall do in the environment: threads that wait for work spin as long
 * as it takes to wake one, and then sleep. By default they spin for milliseconds, and where another
 * process wants the cores, they keep from it and from each other what they wait for. */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

typedef int main_function(int argc, char** argv);

int main(int argc, char** argv) {
  const int chosen = getenv("OMP_WAIT_POLICY") != NULL || getenv("GOMP_SPINCOUNT") != NULL;
  void* library;
  main_function* run = NULL;
  if (!chosen) setenv("GOMP_SPINCOUNT", "1000", 1);
  library = dlopen("libcaffe.so.2", RTLD_NOW);
  if (!chosen) unsetenv("GOMP_SPINCOUNT");
  if (library != NULL) *(void**)&run = dlsym(library, "caffe_tool_main");
  if (run == NULL) {
    fprintf(stderr, "caffe: %s\n", dlerror());
    return 1;
  }
  return run(argc, argv);
}
