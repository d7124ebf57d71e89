/* Requests to stop a training, and tests that callbacks ask for. */
#include "c/api.h"

static const char kSolver[] =
    "net_param {\n"
    "  layer { name: \"data\" type: \"DummyData\" top: \"x\"\n"
    "          dummy_data_param { shape { dim: 2 dim: 3 } } }\n"
    "  layer { name: \"ip\" type: \"InnerProduct\" bottom: \"x\" top: \"ip\"\n"
    "          inner_product_param { num_output: 1 weight_filler { type: \"xavier\" } } }\n"
    "  layer { name: \"loss\" type: \"Reduction\" bottom: \"ip\" top: \"loss\" loss_weight: 1 }\n"
    "}\n"
    "base_lr: 0.1 lr_policy: \"fixed\" max_iter: 60 solver_mode: CPU\n"
    "test_iter: 1 test_interval: 1000 test_initialization: false\n";

struct stopping {
  int64_t at;
  int tests;
};

/* Asks for a stop, and for tests, which see it first. */
static caffe_status stop_and_test(caffe_solver* solver, int event, void* user) {
  struct stopping* stopping = user;
  int64_t iteration = 0;
  int i;
  if (event != CAFFE_SOLVER_AFTER_STEP || caffe_solver_iter(&iteration, solver) ||
      iteration != stopping->at) {
    return CAFFE_OK;
  }
  caffe_solver_request_stop(solver);
  for (i = 0; i < stopping->tests; ++i) {
    if (caffe_solver_test(solver)) return CAFFE_CALLBACK;
  }
  return CAFFE_OK;
}

TEST(solver_stops_although_a_test_has_seen_the_request) {
  int tests;
  for (tests = 0; tests < 3; ++tests) {
    caffe_solver* solver = NULL;
    struct stopping stopping = {3, 0};
    int64_t iteration = 0, count = 0;
    CHECK_OK(caffe_solver_create_from_text(&solver, kSolver, NULL));
    stopping.tests = tests;
    CHECK_OK(caffe_solver_add_callback(solver, stop_and_test, &stopping));
    CHECK_OK(caffe_solver_step(solver, 10));
    CHECK_OK(caffe_solver_iter(&iteration, solver));
    CHECK(iteration == 3);
    /* The first test was ended by the request, the second one was not. */
    CHECK_OK(caffe_solver_test_score_count(&count, solver, 0));
    CHECK(count == (tests == 2));
    CHECK_OK(caffe_solver_step(solver, 2));
    CHECK_OK(caffe_solver_iter(&iteration, solver));
    CHECK(iteration == 5);
    caffe_solver_destroy(solver);
  }
}
