/* Trains a net and says how it goes:
 *
 *     train solver.prototxt [snapshot.solverstate]
 *
 * prints the loss every hundred iterations; Ctrl-C ends the training after the current iteration,
 * with a snapshot from which it can be continued.
 *
 *     cc -o train train.c $(pkg-config --cflags --libs caffe)
 */
#include <caffe.h>
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int number) {
  (void)number;
  interrupted = 1;
}

/* Called three times an iteration, see caffe_solver_callback. */
static caffe_status report(caffe_solver* solver, int event, void* user) {
  int64_t iter, last;
  float loss, rate;
  (void)user;
  if (event != CAFFE_SOLVER_AFTER_STEP) return CAFFE_OK;
  if (interrupted) return caffe_solver_request_stop(solver);
  if (caffe_solver_iter(&iter, solver) || caffe_solver_max_iter(&last, solver) ||
      caffe_solver_loss(&loss, solver) || caffe_solver_learning_rate(&rate, solver)) {
    return CAFFE_CALLBACK; /* caffe_last_error() says why, and step() passes it on */
  }
  if (iter % 100 == 0 || iter == last) {
    printf("%ld of %ld: loss %g, rate %g\n", (long)iter, (long)last, loss, rate);
    fflush(stdout);
  }
  return CAFFE_OK;
}

int main(int argc, char** argv) {
  caffe_solver* solver;
  caffe_status status;
  if (argc < 2 || argc > 3) {
    fprintf(stderr, "usage: train solver.prototxt [snapshot.solverstate]\n");
    return 2;
  }
  signal(SIGINT, interrupt);
  caffe_set_log_level(CAFFE_LOG_WARNING);
  status = caffe_solver_create(&solver, argv[1], NULL);
  if (status == CAFFE_OK) {
    status = caffe_solver_add_callback(solver, report, NULL);
    if (status == CAFFE_OK) status = caffe_solver_solve(solver, argc > 2 ? argv[2] : NULL);
    caffe_solver_destroy(solver);
  }
  if (status != CAFFE_OK) fprintf(stderr, "train: %s\n", caffe_last_error());
  return status == CAFFE_OK ? 0 : 1;
}
