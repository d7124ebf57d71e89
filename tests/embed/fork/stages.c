/* Children made at every stage of their parent's use of the library: they run the parent's nets and
 * their own, on two threads, train, and have children themselves. */
#define _XOPEN_SOURCE 700
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "c/api.h"
#include "embed/fork/children.h"

static const char kNet[] =
    "layer { name: 'data' type: 'Input' top: 'data'\n"
    "        input_param { shape { dim: 2 dim: 16 dim: 16 dim: 16 } } }\n"
    "layer { name: 'conv' type: 'Convolution' bottom: 'data' top: 'conv'\n"
    "        convolution_param { num_output: 32 kernel_size: 3 weight_filler { type: 'xavier' } } "
    "}\n"
    "layer { name: 'ip' type: 'InnerProduct' bottom: 'conv' top: 'ip'\n"
    "        inner_product_param { num_output: 50 weight_filler { type: 'xavier' } } }\n";

static const char kSolver[] =
    "net_param {\n"
    "  layer { name: 'x' type: 'DummyData' top: 'x' top: 'y'\n"
    "    dummy_data_param { shape { dim: 64 dim: 100 } shape { dim: 64 dim: 20 }\n"
    "                       data_filler { type: 'gaussian' } } }\n"
    "  layer { name: 'ip' type: 'InnerProduct' bottom: 'x' top: 'ip'\n"
    "    inner_product_param { num_output: 20 weight_filler { type: 'xavier' } } }\n"
    "  layer { name: 'loss' type: 'EuclideanLoss' bottom: 'ip' bottom: 'y' top: 'loss' }\n"
    "}\n"
    "base_lr: 0.001 lr_policy: 'fixed' max_iter: 100 random_seed: 7 solver_mode: CPU\n"
    "snapshot_after_train: false\n";

enum { kOutputs = 100 };

struct family {
  caffe_net* net;
  float before[kOutputs]; /* what the net has given, if it has run */
  int ran;
  int generations; /* still to come */
};

static const char* make(struct family* all) {
  if (caffe_set_num_threads(2) ||
      caffe_net_create_from_text(&all->net, kNet, CAFFE_TEST, "seed: 3 convolution: 'direct'")) {
    return caffe_last_error();
  }
  return "";
}

static const char* run(struct family* all) {
  caffe_blob *in, *out;
  float* values;
  float now[kOutputs];
  int64_t count, i;
  if (caffe_net_input(&in, all->net, 0) || caffe_blob_count(&count, in) ||
      caffe_blob_mutable_data(&values, in)) {
    return caffe_last_error();
  }
  for (i = 0; i < count; ++i) values[i] = (float)(i % 7);
  if (caffe_net_forward(NULL, all->net) || caffe_net_output(&out, all->net, 0) ||
      caffe_blob_get_data(now, out, kOutputs)) {
    return caffe_last_error();
  }
  if (all->ran && memcmp(now, all->before, sizeof now) != 0) return "other results";
  memcpy(all->before, now, sizeof now);
  all->ran = 1;
  return "";
}

static const char* train(void) {
  caffe_solver* solver;
  if (caffe_solver_create_from_text(&solver, kSolver, NULL) || caffe_solver_step(solver, 3)) {
    return caffe_last_error();
  }
  caffe_solver_destroy(solver);
  return "";
}

/* Everything a child may do; the last of them have no child. */
static const char* live(void* user) {
  struct family* all = user;
  struct family own = {NULL, {0}, 0, 0};
  const char* wrong;
  if ((wrong = make(&own))[0] || (wrong = run(&own))[0]) return wrong;
  if (all->net != NULL && (wrong = run(all))[0]) return wrong;
  if (all->ran && memcmp(all->before, own.before, sizeof own.before) != 0) {
    return "the child's net gives other results";
  }
  if ((wrong = train())[0]) return wrong;
  caffe_net_destroy(own.net);
  if (all->generations-- > 0 && (wrong = in_child(live, all))[0]) return wrong;
  caffe_net_destroy(all->net);
  return "";
}

static const char* before_use(void* user) {
  return in_child(live, user);
}

static const char* after_making(void* user) {
  const char* wrong = make(user);
  return wrong[0] ? wrong : in_child(live, user);
}

static const char* after_running(void* user) {
  const char* wrong;
  if ((wrong = make(user))[0] || (wrong = run(user))[0] || (wrong = train())[0]) return wrong;
  if ((wrong = in_child(live, user))[0] || (wrong = in_child(live, user))[0]) return wrong;
  return run(user); /* the parent goes on */
}

static void* on_thread(void* user) {
  static char wrong[1024];
  snprintf(wrong, sizeof wrong, "%s", in_child(live, user));
  return wrong;
}

static const char* from_another_thread(void* user) {
  pthread_t thread;
  void* wrong;
  const char* before;
  if ((before = make(user))[0] || (before = run(user))[0]) return before;
  if (pthread_create(&thread, NULL, on_thread, user) != 0) return "no thread";
  pthread_join(thread, &wrong);
  return *(char*)wrong ? wrong : run(user);
}

TEST(fork_before_the_library_is_used) {
  struct family all = {NULL, {0}, 0, 2};
  CHECK_IN_CHILD(before_use, &all);
}
TEST(fork_after_a_net_is_made) {
  struct family all = {NULL, {0}, 0, 1};
  CHECK_IN_CHILD(after_making, &all);
}
TEST(fork_after_nets_have_run) {
  struct family all = {NULL, {0}, 0, 2};
  CHECK_IN_CHILD(after_running, &all);
}
TEST(fork_in_another_thread_than_the_nets) {
  struct family all = {NULL, {0}, 0, 1};
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  SKIP("Archer, which sees OpenMP's races, crashes in children of threads that are new to OpenMP");
#endif
#endif
  CHECK_IN_CHILD(from_another_thread, &all);
}

/* A solver whose callback forks in the second iteration: parent and child both train on, to the
 * same bits. The child tells its weights through a pipe. */
enum { kWeights = 2000 };

struct training {
  int ends[2];
  pid_t child; /* 0 in it, -1 before */
};

static caffe_status fork_within(caffe_solver* solver, int event, void* user) {
  struct training* training = user;
  int64_t iteration;
  if (caffe_solver_iter(&iteration, solver)) return CAFFE_CALLBACK;
  if (event != CAFFE_SOLVER_AFTER_STEP || iteration != 2) return CAFFE_OK;
  /* Once more from within, which would tear it apart. */
  if (caffe_solver_step(solver, 1) != CAFFE_STATE) return CAFFE_CALLBACK;
  training->child = fork();
  if (training->child == 0) alarm(kPatience);
  if (caffe_solver_step(solver, 1) != CAFFE_STATE) return CAFFE_CALLBACK;
  return strstr(caffe_last_error(), "called the callback") != NULL ? CAFFE_OK : CAFFE_CALLBACK;
}

static const char* trained(caffe_solver* solver, float* out) {
  caffe_net* net;
  caffe_blob* weights;
  if (caffe_solver_step(solver, 5) || caffe_solver_net(&net, solver) ||
      caffe_net_param(&weights, net, 0) || caffe_blob_get_data(out, weights, kWeights)) {
    return caffe_last_error();
  }
  return "";
}

static const char* within_a_callback(void* user) {
  static float ours[kWeights], theirs[kWeights];
  struct training training = {{-1, -1}, -1};
  caffe_solver* solver;
  const char* wrong;
  size_t size = 0;
  ssize_t got;
  int status;
  (void)user;
  if (pipe(training.ends) != 0) return "no pipe";
  if (caffe_set_num_threads(2) || caffe_solver_create_from_text(&solver, kSolver, NULL) ||
      caffe_solver_add_callback(solver, fork_within, &training)) {
    return caffe_last_error();
  }
  wrong = trained(solver, ours);
  caffe_solver_destroy(solver);
  if (training.child == 0) { /* all of its answer or nothing */
    if (wrong[0] || write(training.ends[1], ours, sizeof ours) < 0) _exit(1);
    _exit(0);
  }
  close(training.ends[1]);
  while ((got = read(training.ends[0], (char*)theirs + size, sizeof theirs - size)) > 0) {
    size += (size_t)got;
  }
  waitpid(training.child, &status, 0);
  if (wrong[0]) return wrong;
  if (status != 0 || size != sizeof theirs) return "the child has not trained";
  return memcmp(ours, theirs, sizeof ours) == 0 ? "" : "the child has trained to other weights";
}

TEST(fork_in_a_callback_of_a_training) {
  CHECK_IN_CHILD(within_a_callback, NULL);
}

#if defined(_OPENMP) && \
    !defined(__clang__) /* libgomp; LLVM's runtime forgets the region in a child */
/* In a parallel region of the program's own: a child cannot leave it, but may run nets in it. */
static const char* within_a_region(void* user) {
  static char wrong[1024];
  const char* before;
  if ((before = make(user))[0] || (before = run(user))[0]) return before;
#pragma omp parallel num_threads(2)
  {
#pragma omp master
    snprintf(wrong, sizeof wrong, "%s", in_child(live, user));
  }
  return wrong[0] ? wrong : run(user);
}

TEST(fork_in_a_parallel_region_of_the_program) {
  struct family all = {NULL, {0}, 0, 1};
  CHECK_IN_CHILD(within_a_region, &all);
}
#endif
