/* A program that opens the library by hand, runs and trains nets, gives everything back and closes
 * it, again and again: reopen LIBRARY FOLDER ROUNDS. Prints what the process holds after a quarter
 * of the rounds and after the last. With a fourth argument, a list of images, it leaves a net behind
 * that is still reading ahead, and ends. */
#define _GNU_SOURCE
#include <caffe.h>
#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char kNet[] =
    "layer { name: 'data' type: 'Input' top: 'data'\n"
    "        input_param { shape { dim: 2 dim: 16 dim: 16 dim: 16 } } }\n"
    "layer { name: 'conv' type: 'Convolution' bottom: 'data' top: 'conv'\n"
    "        convolution_param { num_output: 32 kernel_size: 3 weight_filler { type: 'xavier' } } }\n"
    "layer { name: 'ip' type: 'InnerProduct' bottom: 'conv' top: 'ip'\n"
    "        inner_product_param { num_output: 50 weight_filler { type: 'xavier' } } }\n";

static const char kSolver[] =
    "net_param {\n"
    "  layer { name: 'x' type: 'DummyData' top: 'x' top: 'y'\n"
    "    dummy_data_param { shape { dim: 4 dim: 3 } shape { dim: 4 dim: 1 }\n"
    "                       data_filler { type: 'gaussian' } } }\n"
    "  layer { name: 'ip' type: 'InnerProduct' bottom: 'x' top: 'ip'\n"
    "    inner_product_param { num_output: 1 weight_filler { type: 'xavier' } } }\n"
    "  layer { name: 'loss' type: 'EuclideanLoss' bottom: 'ip' bottom: 'y' top: 'loss' }\n"
    "}\n"
    "base_lr: 0.01 lr_policy: 'fixed' max_iter: 10 solver_mode: CPU\n";

static struct {
  void *library;
  const char *(*last_error)(void);
  caffe_status (*set_log_callback)(caffe_log_callback, void *);
  caffe_status (*net_create)(caffe_net **, const char *, int, const char *);
  caffe_status (*net_clone)(caffe_net **, caffe_net *);
  caffe_status (*net_save_weights)(caffe_net *, const char *, int);
  caffe_status (*net_load_weights)(caffe_net *, const char *);
  caffe_status (*net_forward)(float *, caffe_net *);
  void (*net_destroy)(caffe_net *);
  caffe_status (*solver_create)(caffe_solver **, const char *, const char *);
  caffe_status (*solver_step)(caffe_solver *, int64_t);
  void (*solver_destroy)(caffe_solver *);
} caffe;

static const char *path, *weights;
static int lines;

static void stop(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

/* The library's function `name` into *place, a pointer to a function. */
static void find(void *place, const char *name) {
  void *found = dlsym(caffe.library, name);
  if (found == NULL) stop(dlerror());
  memcpy(place, &found, sizeof found);
}

static void open_it(void) {
  caffe.library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (caffe.library == NULL) stop(dlerror());
  find(&caffe.last_error, "caffe_last_error");
  find(&caffe.set_log_callback, "caffe_set_log_callback");
  find(&caffe.net_create, "caffe_net_create_from_text");
  find(&caffe.net_clone, "caffe_net_clone");
  find(&caffe.net_save_weights, "caffe_net_save_weights");
  find(&caffe.net_load_weights, "caffe_net_load_weights");
  find(&caffe.net_forward, "caffe_net_forward");
  find(&caffe.net_destroy, "caffe_net_destroy");
  find(&caffe.solver_create, "caffe_solver_create_from_text");
  find(&caffe.solver_step, "caffe_solver_step");
  find(&caffe.solver_destroy, "caffe_solver_destroy");
}

static void count_line(int level, const char *line, void *user) {
  (void)level, (void)line, (void)user;
  ++lines;
}

static void check(caffe_status status) {
  if (status != CAFFE_OK) stop(caffe.last_error());
}

/* One life of the library: a net, a clone, a solver, an error. */
static void *use_it(void *unused) {
  caffe_net *net, *clone;
  caffe_solver *solver;
  lines = 0;
  check(caffe.set_log_callback(count_line, NULL));
  check(caffe.net_create(&net, kNet, CAFFE_TEST, "threads: 2"));
  if (lines == 0) stop("nothing was logged");
  check(caffe.net_save_weights(net, weights, 0));
  check(caffe.net_load_weights(net, weights));
  check(caffe.net_clone(&clone, net));
  check(caffe.net_forward(NULL, net));
  caffe.net_destroy(net);
  check(caffe.net_forward(NULL, clone));
  caffe.net_destroy(clone);
  check(caffe.solver_create(&solver, kSolver, NULL));
  check(caffe.solver_step(solver, 2));
  caffe.solver_destroy(solver);
  if (caffe.net_forward(NULL, clone) != CAFFE_INVALID_ARGUMENT) stop("a net lives on");
  if (strstr(caffe.last_error(), "has been destroyed") == NULL) stop(caffe.last_error());
  check(caffe.set_log_callback(NULL, NULL));
  return unused;
}

static int entries_of(const char *folder) {
  DIR *open = opendir(folder);
  int count = 0;
  if (open == NULL) stop(folder);
  while (readdir(open) != NULL) ++count;
  closedir(open);
  return count;
}

static int mappings(void) {
  FILE *file = fopen("/proc/self/maps", "r");
  int count = 0, c;
  if (file == NULL) stop("/proc/self/maps");
  while ((c = getc(file)) != EOF) count += c == '\n';
  fclose(file);
  return count;
}

static void print_what_is_held(void) {
  const struct mallinfo2 memory = mallinfo2();
  printf("%zu %d %d %d\n", memory.uordblks + memory.hblkhd, mappings(),
         entries_of("/proc/self/task"), entries_of("/proc/self/fd"));
}

/* The threads of the library's OpenMP runtime that worked for a thread end some time after it; their
 * stacks are used again once they have. */
static void wait_for_threads(int wanted) {
  while (entries_of("/proc/self/task") > wanted) sched_yield();
}

/* Called when the library's own clearing up is over: threads that are left have time to show what
 * they miss. */
static void linger(void) {
  const struct timespec a_while = {0, 100000000};
  nanosleep(&a_while, NULL);
}

int main(int argc, char **argv) {
  char text[4200];
  int round, rounds;
  caffe_net *net;
  if (argc < 4) stop("reopen LIBRARY FOLDER ROUNDS [IMAGES]");
  atexit(linger);
  mallopt(M_ARENA_MAX, 1); /* so that mallinfo2 sees all threads' memory */
  path = argv[1];
  snprintf(text, sizeof text, "%s/net.caffemodel", argv[2]);
  weights = text;
  rounds = atoi(argv[3]);
  for (round = 1; round <= rounds; ++round) {
    open_it();
    if (round % 2 == 0) {
      use_it(NULL);
    } else { /* on a thread that has ended when the library is closed */
      const int before = entries_of("/proc/self/task");
      pthread_t thread;
      if (pthread_create(&thread, NULL, use_it, NULL) != 0) stop("no thread");
      pthread_join(thread, NULL);
      wait_for_threads(before);
    }
    if (dlclose(caffe.library) != 0) stop(dlerror());
    if (round == rounds / 4 || round == rounds) print_what_is_held();
  }
  if (argc > 4) {
    open_it();
    snprintf(text, sizeof text,
             "layer { name: 'images' type: 'ImageData' top: 'data' top: 'label'\n"
             "        image_data_param { source: '%s' batch_size: 1000 } }",
             argv[4]);
    check(caffe.net_create(&net, text, CAFFE_TRAIN, NULL));
    check(caffe.net_forward(NULL, net));
    dlclose(caffe.library);
  }
  return 0;
}
