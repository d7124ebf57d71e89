/* Commands of solvers: training that Ctrl-C can end, and whose log is shown as it goes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>

#include "gateway.h"

/* Ctrl-C while a solver trains: the handler may do next to nothing, so it wakes a thread, which
 * asks the solver to stop.
 *
 * MATLAB notices some by itself, and so does Octave's window, which has a thread that waits for the
 * signal and may get it before us. Both are asked after each iteration. What Octave has noticed it
 * acts upon only when it is called, and then it does not return: not before the library has. */
static sem_t wake;
static volatile sig_atomic_t interrupted = 0;

static void on_interrupt(int number) {
  (void)number;
  interrupted = 1;
  sem_post(&wake);
}

static void* stop_when_woken(void* solver) {
  while (sem_wait(&wake) != 0) continue;
  if (interrupted) caffe.solver_request_stop(solver);
  return NULL;
}

static struct {
  bool looked_up;
  bool (*matlab_pending)(void);
  void (*matlab_set_pending)(bool);
  const volatile sig_atomic_t* octave_caught; /* some signal, it need not be this one */
} host;

static void look_up_host(void) {
  if (host.looked_up) return;
  *(void**)&host.matlab_pending = dlsym(RTLD_DEFAULT, "utIsInterruptPending");
  *(void**)&host.matlab_set_pending = dlsym(RTLD_DEFAULT, "utSetInterruptPending");
  host.octave_caught = dlsym(RTLD_DEFAULT, "octave_signal_caught");
  host.looked_up = true;
}

static caffe_status after_step(caffe_solver* solver, int event, void* user) {
  (void)user;
  if (event != CAFFE_SOLVER_AFTER_STEP) return CAFFE_OK;
  if (host.octave_caught != NULL && *host.octave_caught) return caffe.solver_request_stop(solver);
  print_lines();
  if (host.matlab_pending == NULL || !host.matlab_pending()) return CAFFE_OK;
  if (host.matlab_set_pending != NULL) host.matlab_set_pending(false); /* it becomes our error */
  interrupted = 1;
  return caffe.solver_request_stop(solver);
}

typedef struct {
  caffe_solver* solver;
  enum { STEP, SOLVE, TEST_NETS } what;
  int64_t iterations;   /* STEP */
  const char* snapshot; /* SOLVE */
} training;

static caffe_status run_training(const training* t) {
  if (t->what == STEP) return caffe.solver_step(t->solver, t->iterations);
  if (t->what == SOLVE) return caffe.solver_solve(t->solver, t->snapshot);
  return caffe.solver_test(t->solver);
}

static void train(const training* t) {
  struct sigaction action, before;
  sigset_t all, interrupt, mask;
  pthread_t watcher;
  bool watched;
  caffe_status status;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;
  look_up_host();
  interrupted = 0;
  sem_init(&wake, 0, 0);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &mask); /* signals are for this thread */
  watched = pthread_create(&watcher, NULL, stop_when_woken, t->solver) == 0;
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  if (watched) { /* Octave keeps the signal from its interpreter's thread */
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    sigaction(SIGINT, &action, &before);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
  }
  set_runs_long(true);
  status = run_training(t);
  set_runs_long(false);
  if (watched) {
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGINT, &before, NULL);
    sem_post(&wake);
    pthread_join(watcher, NULL);
  }
  sem_destroy(&wake);
  check(status);
  if (interrupted) {
    int64_t iteration;
    check(caffe.solver_iter(&iteration, t->solver));
    fail("caffe:interrupted", "the training was interrupted after iteration %.0f; it can go on",
         (double)iteration);
  }
}

void command_solver_create(const call* c) {
  const bool text = choice_in(c, 0, sources, 2);
  const char *source = text_in(c, 1), *options = text_or_null(c, 2);
  caffe_solver* solver;
  reserve_owned();
  check((text ? caffe.solver_create_from_text : caffe.solver_create)(&solver, source, options));
  own(solver, SOLVER);
  check(caffe.solver_add_callback(solver, after_step, NULL));
  *c->result = from_handle(solver);
}

void command_solver_describe(const call* c) {
  static const char* fields[] = {"type", "net", "test_nets"};
  caffe_solver* solver = solver_in(c);
  caffe_net* net;
  const char* type;
  mxArray* test_nets;
  int64_t count, i;
  check(caffe.solver_type(&type, solver));
  check(caffe.solver_net(&net, solver));
  check(caffe.solver_test_net_count(&count, solver));
  *c->result = mxCreateStructMatrix(1, 1, 3, fields);
  field(c, "type", mxCreateString(type));
  field(c, "net", from_handle(net));
  test_nets = field(c, "test_nets", new_handles(count));
  for (i = 0; i < count; ++i) {
    check(caffe.solver_test_net(&net, solver, i));
    put_handle(test_nets, i, net);
  }
}

/* Ends early for a stop that came too late for the call before, and for the language to see what
 * signal it has got: if that is not Ctrl-C, the training goes on. */
void command_solver_step(const call* c) {
  training t = {solver_in(c), STEP, 0, NULL};
  int64_t begin, end, now;
  t.iterations = (int64_t)number_in(c, 1, 0, 1e15);
  check(caffe.solver_iter(&begin, t.solver));
  end = begin + t.iterations;
  do {
    train(&t);
    check(caffe.solver_iter(&now, t.solver));
    t.iterations = end - now;
    if (now < end) flush_output();
  } while (now < end);
}

void command_solver_solve(const call* c) {
  training t = {solver_in(c), SOLVE, 0, NULL};
  int64_t now, end;
  t.snapshot = text_or_null(c, 1);
  do {
    train(&t);
    t.snapshot = NULL;
    check(caffe.solver_iter(&now, t.solver));
    check(caffe.solver_max_iter(&end, t.solver));
    if (now < end) flush_output();
  } while (now < end);
}

void command_solver_test(const call* c) {
  const training t = {solver_in(c), TEST_NETS, 0, NULL};
  train(&t);
}

PLAIN(solver_apply_update, solver_in)
WITH_TEXT(solver_restore, solver_in, solver_restore)
NUMBER(solver_iter, solver_in, int64_t)
NUMBER(solver_max_iter, solver_in, int64_t)
NUMBER(solver_loss, solver_in, float)
NUMBER(solver_learning_rate, solver_in, float)
OWNED_TEXT(solver_prototxt, solver_in)
OWNED_TEXT(solver_snapshot, solver_in)
