/* Solvers: training, testing, snapshots, callbacks. */
#define _XOPEN_SOURCE 700
#include "c/api.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers a straight line explains: y = 2 a - b + 1, from a layer of the test's own without
 * bottoms, the same four batches over and over. */
static caffe_status line_reshape(void* state, caffe_layer* layer, void* user) {
  static const int64_t x_dims[2] = {8, 2}, y_dims[2] = {8, 1};
  caffe_blob *x, *y;
  (void)state;
  (void)user;
  if (caffe_layer_top(&x, layer, 0) || caffe_layer_top(&y, layer, 1) ||
      caffe_blob_reshape(x, 2, x_dims) || caffe_blob_reshape(y, 2, y_dims)) {
    return CAFFE_INTERNAL;
  }
  return CAFFE_OK;
}

static caffe_status line_forward(void* state, caffe_layer* layer, void* user) {
  caffe_blob *x, *y;
  float *xs, *ys;
  int i;
  (void)state;
  (void)user;
  if (caffe_layer_top(&x, layer, 0) || caffe_layer_top(&y, layer, 1) ||
      caffe_blob_mutable_data(&xs, x) || caffe_blob_mutable_data(&ys, y)) {
    return CAFFE_INTERNAL;
  }
  for (i = 0; i < 8; ++i) {
    xs[2 * i] = (float)((i * 3) % 8) / 4 - 1;
    xs[2 * i + 1] = (float)((i * 5 + 2) % 8) / 4 - 1;
    ys[i] = 2 * xs[2 * i] - xs[2 * i + 1] + 1;
  }
  return CAFFE_OK;
}

/* The solver's prototxt around `more`; snapshots go to the scratch folder under `prefix`. */
static const char* solver_text(const char* prefix, const char* more) {
  static char text[6000];
  static int registered;
  if (!registered) {
    caffe_layer_callbacks table;
    memset(&table, 0, sizeof table);
    table.size = sizeof table;
    table.min_tops = table.max_tops = 2;
    table.reshape = line_reshape;
    table.forward = line_forward;
    CHECK_OK(caffe_layer_register("TestLine", &table, NULL));
    registered = 1;
  }
  snprintf(text, sizeof text,
           "net_param {\n"
           "  name: \"line\"\n"
           "  layer { name: \"data\" type: \"TestLine\" top: \"x\" top: \"y\" }\n"
           "  layer { name: \"ip\" type: \"InnerProduct\" bottom: \"x\" top: \"ip\"\n"
           "          inner_product_param { num_output: 1 weight_filler { type: \"xavier\" } } }\n"
           "  layer { name: \"loss\" type: \"EuclideanLoss\" bottom: \"ip\" bottom: \"y\" top: "
           "\"loss\" }\n"
           "}\n"
           "base_lr: 0.1 lr_policy: \"fixed\" momentum: 0.9 max_iter: 60 random_seed: 3\n"
           "snapshot_prefix: \"%s\" solver_mode: CPU\n%s\n",
           scratch(prefix), more);
  return text;
}

static caffe_solver* make_solver(const char* prefix, const char* more) {
  caffe_solver* solver = NULL;
  CHECK_OK(caffe_solver_create_from_text(&solver, solver_text(prefix, more), NULL));
  return solver;
}

static void weights_of(caffe_solver* solver, float out[3]) {
  caffe_net* net;
  caffe_blob* blob;
  CHECK_OK(caffe_solver_net(&net, solver));
  CHECK_OK(caffe_net_param(&blob, net, 0));
  CHECK_OK(caffe_blob_get_data(out, blob, 2));
  CHECK_OK(caffe_net_param(&blob, net, 1));
  CHECK_OK(caffe_blob_get_data(out + 2, blob, 1));
}

TEST(solver_learns) {
  caffe_solver* solver = make_solver("learns", "test_iter: 1 test_interval: 1000");
  float weights[3], loss = -1, rate = -1;
  int64_t iter = -1;
  const char* type;
  CHECK_OK(caffe_solver_type(&type, solver));
  CHECK(strcmp(type, "SGD") == 0);
  CHECK_OK(caffe_solver_max_iter(&iter, solver));
  CHECK(iter == 60);
  CHECK_OK(caffe_solver_learning_rate(&rate, solver));
  CHECK(fabsf(rate - 0.1f) < 1e-7f);
  CHECK_OK(caffe_solver_step(solver, 400));
  CHECK_OK(caffe_solver_iter(&iter, solver));
  CHECK(iter == 400);
  CHECK_OK(caffe_solver_loss(&loss, solver));
  CHECK(loss < 1e-6f);
  weights_of(solver, weights);
  CHECK(fabsf(weights[0] - 2) < 1e-2f && fabsf(weights[1] + 1) < 1e-2f);
  CHECK(fabsf(weights[2] - 1) < 1e-2f);
  CHECK_OK(caffe_solver_test(solver));
  CHECK_OK(caffe_solver_step(solver, 0));
  CHECK_FAILS(caffe_solver_step(solver, -1), CAFFE_INVALID_ARGUMENT,
              "caffe_solver_step: iterations is -1");
  caffe_solver_destroy(solver);
}

TEST(solver_solves_and_takes_a_snapshot) {
  caffe_solver* solver = make_solver("solves", "");
  int64_t iter;
  FILE* file;
  CHECK_OK(caffe_solver_solve(solver, NULL));
  CHECK_OK(caffe_solver_iter(&iter, solver));
  CHECK(iter == 60);
  file = fopen(scratch("solves_iter_60.caffemodel"), "rb");
  CHECK(file != NULL);
  fclose(file);
  file = fopen(scratch("solves_iter_60.solverstate"), "rb");
  CHECK(file != NULL);
  fclose(file);
  caffe_solver_destroy(solver);
}

TEST(solver_continues_from_a_snapshot_to_the_same_bits) {
  caffe_solver *one = make_solver("same", ""), *two = make_solver("same", "");
  char* state = NULL;
  float straight[3], resumed[3], different[3];
  int64_t iter;
  CHECK_OK(caffe_solver_step(one, 10));
  CHECK_OK(caffe_solver_snapshot(&state, one));
  CHECK(strstr(state, "same_iter_10.solverstate") != NULL);
  CHECK_OK(caffe_solver_snapshot(NULL, one));
  CHECK_OK(caffe_solver_step(one, 10));
  weights_of(one, straight);
  weights_of(two, different);
  CHECK(memcmp(straight, different, sizeof straight) != 0);
  CHECK_OK(caffe_solver_restore(two, state));
  CHECK_OK(caffe_solver_iter(&iter, two));
  CHECK(iter == 10);
  CHECK_OK(caffe_solver_step(two, 10));
  weights_of(two, resumed);
  CHECK(memcmp(straight, resumed, sizeof straight) == 0);
  caffe_solver_destroy(two);

  two = make_solver("same", "");
  CHECK_OK(caffe_solver_solve(two, state));
  CHECK_OK(caffe_solver_iter(&iter, two));
  CHECK(iter == 60);
  caffe_free(state);
  caffe_solver_destroy(one);
  caffe_solver_destroy(two);
}

TEST(solver_state_that_cannot_be_used_changes_nothing) {
  caffe_solver* solver = make_solver("unusable", "");
  const char* path = scratch("unusable.solverstate");
  float before[3], after[3];
  int64_t iter;
  CHECK_OK(caffe_solver_step(solver, 3));
  weights_of(solver, before);
  CHECK_FAILS(caffe_solver_restore(solver, "no.solverstate"), CAFFE_IO, "no.solverstate");
  CHECK_FAILS(caffe_solver_restore(solver, NULL), CAFFE_INVALID_ARGUMENT, "file is NULL");
  CHECK_FAILS(caffe_solver_restore(solver, ""), CAFFE_INVALID_ARGUMENT, "file is empty");
  write_file(path, "\x0a\xff\xff\xff", 4);
  CHECK_FAILS(caffe_solver_restore(solver, path), CAFFE_PARSE, "unusable.solverstate");
  CHECK_FAILS(caffe_solver_solve(solver, "no.solverstate"), CAFFE_IO, "no.solverstate");
  CHECK_OK(caffe_solver_iter(&iter, solver));
  CHECK(iter == 3);
  weights_of(solver, after);
  CHECK(memcmp(before, after, sizeof before) == 0);
  caffe_solver_destroy(solver);
}

TEST(solver_snapshot_without_a_folder) {
  caffe_solver* solver = NULL;
  char* state = NULL;
  CHECK_OK(caffe_solver_create_from_text(
      &solver, solver_text("no/such/folder/x", "snapshot_after_train: false"), NULL));
  CHECK_FAILS(caffe_solver_snapshot(&state, solver), CAFFE_IO, "no/such/folder/x");
  CHECK(state == NULL);
  CHECK_OK(caffe_solver_step(solver, 1));
  caffe_solver_destroy(solver);
}

TEST(solver_from_a_file) {
  caffe_solver* solver = NULL;
  caffe_net* net;
  const char *text = solver_text("file", ""), *path = scratch("solver.prototxt"), *name;
  char* definition = NULL;
  write_file(path, text, (long)strlen(text));
  CHECK_OK(caffe_solver_create(&solver, path, NULL));
  CHECK_OK(caffe_solver_net(&net, solver));
  CHECK_OK(caffe_net_name(&name, net));
  CHECK(strcmp(name, "line") == 0);
  CHECK_OK(caffe_solver_prototxt(&definition, solver));
  CHECK(strstr(definition, "momentum: 0.9\n") != NULL);
  caffe_free(definition);
  caffe_solver_destroy(solver);
}

TEST(solver_that_cannot_be_made) {
  caffe_solver* solver = NULL;
  CHECK_FAILS(caffe_solver_create(&solver, "no.prototxt", NULL), CAFFE_IO, "no.prototxt");
  CHECK_FAILS(caffe_solver_create(&solver, "", NULL), CAFFE_INVALID_ARGUMENT, "file is empty");
  CHECK_FAILS(caffe_solver_create_from_text(&solver, "base_lr: fast", NULL), CAFFE_PARSE, "1:10");
  CHECK_FAILS(caffe_solver_create_from_text(&solver, "base_lr: 1 lr_policy: \"fixed\"", NULL),
              CAFFE_INVALID_ARGUMENT, "train_net");
  CHECK_FAILS(caffe_solver_create_from_text(&solver, solver_text("x", "type: \"Adamax\""), NULL),
              CAFFE_NOT_FOUND, "\"Adamax\"");
  CHECK(solver == NULL);
}

TEST(solver_options) {
  caffe_solver *one = make_solver("options", ""), *two = NULL;
  caffe_net* net;
  char options[4400];
  const char* path = scratch("start.caffemodel");
  float a[3], b[3];
  CHECK_OK(caffe_solver_step(one, 5));
  CHECK_OK(caffe_solver_net(&net, one));
  CHECK_OK(caffe_net_save_weights(net, path, 0));
  snprintf(options, sizeof options, "weights: \"%s\" net { backend: \"reference\" }", path);
  CHECK_OK(caffe_solver_create_from_text(&two, solver_text("options", ""), options));
  weights_of(one, a);
  weights_of(two, b);
  CHECK(memcmp(a, b, sizeof a) == 0);
  caffe_solver_destroy(one);
  caffe_solver_destroy(two);
  two = NULL;
  CHECK_FAILS(
      caffe_solver_create_from_text(&two, solver_text("o", ""), "net {\n  bakend: \"cpu\" }"),
      CAFFE_PARSE, "options:2:3");
  CHECK_FAILS(caffe_solver_create_from_text(&two, solver_text("o", ""), "net { device: \"cuda\" }"),
              CAFFE_UNSUPPORTED, "\"cuda\"");
  CHECK_FAILS(caffe_solver_create_from_text(&two, solver_text("o", ""), "net { level: 1 }"),
              CAFFE_INVALID_ARGUMENT, "train_state");
  CHECK_FAILS(caffe_solver_create_from_text(&two, solver_text("o", ""), "weights: \"no.h5\""),
              CAFFE_IO, "no.h5");
  CHECK(two == NULL);
}

TEST(solver_nets_are_borrowed) {
  caffe_solver* solver = make_solver("borrowed", "test_iter: 1 test_interval: 10");
  caffe_net *net, *same, *test;
  caffe_blob *blob, *theirs;
  caffe_pin* pin = NULL;
  const float *a, *b;
  float* pinned;
  int64_t count = -1;
  int phase;
  CHECK_OK(caffe_solver_net(&net, solver));
  CHECK_OK(caffe_solver_net(&same, solver));
  CHECK(net == same);
  CHECK_OK(caffe_net_phase(&phase, net));
  CHECK(phase == CAFFE_TRAIN);
  CHECK_OK(caffe_solver_test_net_count(&count, solver));
  CHECK(count == 1);
  CHECK_OK(caffe_solver_test_net(&test, solver, 0));
  CHECK_OK(caffe_net_phase(&phase, test));
  CHECK(phase == CAFFE_TEST);
  CHECK_FAILS(caffe_solver_test_net(&test, solver, 1), CAFFE_NOT_FOUND, "no test net 1, only 1");
  CHECK_FAILS(caffe_solver_test_net(&test, solver, -1), CAFFE_NOT_FOUND, "no test net -1");
  CHECK_OK(caffe_net_param(&blob, net, 0));
  CHECK_OK(caffe_net_param(&theirs, test, 0));
  CHECK_OK(caffe_solver_test(solver));
  CHECK_OK(caffe_blob_data(&a, blob));
  CHECK_OK(caffe_blob_data(&b, theirs));
  CHECK(a[0] == b[0]);
  CHECK_OK(caffe_blob_pin(&pin, blob, CAFFE_DATA));
  CHECK_OK(caffe_pin_values(&pinned, pin));
  pinned[0] = 17;
  caffe_net_destroy(net); /* not the caller's: nothing happens */
  CHECK_OK(caffe_net_forward(NULL, net));
  caffe_solver_destroy(solver);
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_INVALID_ARGUMENT, "net has been destroyed");
  CHECK_FAILS(caffe_net_forward(NULL, test), CAFFE_INVALID_ARGUMENT, "net has been destroyed");
  CHECK_FAILS(caffe_blob_count(&count, blob), CAFFE_INVALID_ARGUMENT, "blob has been destroyed");
  CHECK_FAILS(caffe_solver_step(solver, 1), CAFFE_INVALID_ARGUMENT, "solver has been destroyed");
  CHECK(pinned[0] == 17);
  caffe_pin_destroy(pin);
}

TEST(solver_test_has_scores) {
  caffe_solver* solver = make_solver("scores", "test_iter: 1 test_interval: 1000");
  int64_t count = -1;
  const char* name = NULL;
  float score = -1;
  CHECK_OK(caffe_solver_test_score_count(&count, solver, 0));
  CHECK(count == 0);
  CHECK_FAILS(caffe_solver_test_score(&name, &score, solver, 0, 0), CAFFE_NOT_FOUND,
              "has not been tested");
  CHECK_OK(caffe_solver_request_stop(solver));
  CHECK_OK(caffe_solver_step(solver, 3)); /* which that ends */
  CHECK_OK(caffe_solver_test(solver));
  CHECK_OK(caffe_solver_test_score_count(&count, solver, 0));
  CHECK(count == 1);
  CHECK_OK(caffe_solver_test_score(&name, &score, solver, 0, 0));
  CHECK(strcmp(name, "loss") == 0 && score >= 0);
  CHECK_FAILS(caffe_solver_test_score(&name, &score, solver, 0, 1), CAFFE_NOT_FOUND,
              "no score 1, only 1");
  CHECK_FAILS(caffe_solver_test_score_count(&count, solver, 1), CAFFE_NOT_FOUND, "no test net 1");
  CHECK_FAILS(caffe_solver_test_score(&name, &score, solver, -1, 0), CAFFE_NOT_FOUND,
              "no test net -1");
  CHECK_FAILS(caffe_solver_test_score(NULL, &score, solver, 0, 0), CAFFE_INVALID_ARGUMENT,
              "name is NULL");
  CHECK_FAILS(caffe_solver_test_score(&name, NULL, solver, 0, 0), CAFFE_INVALID_ARGUMENT,
              "score is NULL");
  caffe_solver_destroy(solver);
}

TEST(solver_update_is_applied_by_hand) {
  caffe_solver* solver = make_solver("hand", "");
  caffe_net* net;
  caffe_blob* bias;
  float *diff, before[3], after[3];
  CHECK_OK(caffe_solver_net(&net, solver));
  CHECK_OK(caffe_net_clear_param_diffs(net));
  CHECK_OK(caffe_net_param(&bias, net, 1));
  CHECK_OK(caffe_blob_mutable_diff(&diff, bias));
  diff[0] = 2;
  weights_of(solver, before);
  CHECK_OK(caffe_solver_apply_update(solver));
  weights_of(solver, after);
  CHECK(fabsf(before[2] - 0.2f - after[2]) < 1e-6f);
  CHECK(before[0] == after[0]);
  caffe_solver_destroy(solver);
}

struct events {
  char order[64];
  int fail_at; /* the event that fails, -1 for none */
  int stop_after;
  caffe_status step, forward, snapshot, iter, add, remove;
  int64_t last_iter;
};

static caffe_status note(caffe_solver* solver, int event, void* user) {
  struct events* events = user;
  caffe_net* net;
  const size_t length = strlen(events->order);
  if (length < sizeof events->order - 1) {
    events->order[length] = (char)('0' + event);
    events->order[length + 1] = 0;
  }
  if (event == events->fail_at) {
    caffe_set_error("not today");
    return CAFFE_CALLBACK;
  }
  if (event == CAFFE_SOLVER_AFTER_STEP) {
    events->iter = caffe_solver_iter(&events->last_iter, solver);
    events->step = caffe_solver_step(solver, 1);
    events->forward =
        caffe_solver_net(&net, solver) == CAFFE_OK ? caffe_net_forward(NULL, net) : CAFFE_INTERNAL;
    events->snapshot = caffe_solver_snapshot(NULL, solver);
    events->add = caffe_solver_add_callback(solver, note, user);
    events->remove = caffe_solver_remove_callback(solver, note, user);
    if (events->stop_after && events->last_iter >= events->stop_after) {
      caffe_solver_request_stop(solver);
    }
  }
  return CAFFE_OK;
}

TEST(solver_callbacks_come_in_order) {
  caffe_solver* solver = make_solver("order", "");
  struct events events;
  memset(&events, 0, sizeof events);
  events.fail_at = -1;
  CHECK_OK(caffe_solver_add_callback(solver, note, &events));
  CHECK_OK(caffe_solver_step(solver, 2));
  CHECK(strcmp(events.order, "012012") == 0);
  CHECK(events.iter == CAFFE_OK && events.last_iter == 2);
  CHECK(events.step == CAFFE_STATE);
  CHECK(events.forward == CAFFE_OK);
  CHECK(events.snapshot == CAFFE_OK);
  CHECK(events.add == CAFFE_STATE && events.remove == CAFFE_STATE);
  CHECK_FAILS(caffe_solver_add_callback(solver, NULL, NULL), CAFFE_INVALID_ARGUMENT,
              "callback is NULL");
  CHECK_FAILS(caffe_solver_remove_callback(solver, NULL, NULL), CAFFE_INVALID_ARGUMENT,
              "callback is NULL");
  CHECK_FAILS(caffe_solver_remove_callback(solver, note, NULL), CAFFE_NOT_FOUND, "no callback");
  CHECK_OK(caffe_solver_remove_callback(solver, note, &events));
  CHECK_OK(caffe_solver_step(solver, 1));
  CHECK(strcmp(events.order, "012012") == 0);
  caffe_solver_destroy(solver);
}

TEST(solver_callback_ends_the_training) {
  caffe_solver* solver = make_solver("ends", "");
  struct events events;
  int event;
  int64_t iter;
  for (event = 0; event < 3; ++event) {
    memset(&events, 0, sizeof events);
    events.fail_at = event;
    CHECK_OK(caffe_solver_add_callback(solver, note, &events));
    CHECK_FAILS(caffe_solver_step(solver, 5), CAFFE_CALLBACK, "not today");
    events.fail_at = -1;
    CHECK_OK(caffe_solver_step(solver, 1));
    caffe_solver_destroy(solver);
    solver = make_solver("ends", "");
  }
  CHECK_OK(caffe_solver_iter(&iter, solver));
  CHECK(iter == 0);
  caffe_solver_destroy(solver);
}

TEST(solver_stops_when_asked) {
  caffe_solver* solver = make_solver("stops", "");
  struct events events;
  int64_t iter;
  memset(&events, 0, sizeof events);
  events.fail_at = -1;
  events.stop_after = 4;
  CHECK_OK(caffe_solver_add_callback(solver, note, &events));
  CHECK_OK(caffe_solver_step(solver, 1000));
  CHECK_OK(caffe_solver_iter(&iter, solver));
  CHECK(iter == 4);
  caffe_solver_destroy(solver);
}

/* Lets another thread know that the training runs. */
struct started {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  int yes;
  caffe_solver* solver;
};

static caffe_status tell(caffe_solver* solver, int event, void* user) {
  struct started* started = user;
  (void)solver;
  (void)event;
  pthread_mutex_lock(&started->mutex);
  started->yes = 1;
  pthread_cond_signal(&started->condition);
  pthread_mutex_unlock(&started->mutex);
  return CAFFE_OK;
}

static void* stop(void* argument) {
  struct started* started = argument;
  pthread_mutex_lock(&started->mutex);
  while (!started->yes) pthread_cond_wait(&started->condition, &started->mutex);
  pthread_mutex_unlock(&started->mutex);
  return caffe_solver_request_stop(started->solver) == CAFFE_OK ? argument : NULL;
}

TEST(solver_stops_when_another_thread_asks) {
  caffe_solver* solver = make_solver("another", "");
  struct started started;
  pthread_t thread;
  void* result = NULL;
  int64_t iter;
  pthread_mutex_init(&started.mutex, NULL);
  pthread_cond_init(&started.condition, NULL);
  started.yes = 0;
  started.solver = solver;
  CHECK_OK(caffe_solver_add_callback(solver, tell, &started));
  CHECK(pthread_create(&thread, NULL, stop, &started) == 0);
  CHECK_OK(caffe_solver_step(solver, INT64_C(100000000)));
  pthread_join(thread, &result);
  CHECK(result == &started);
  CHECK_OK(caffe_solver_iter(&iter, solver));
  CHECK(iter >= 1 && iter < INT64_C(100000000));
  caffe_solver_destroy(solver);
}

static caffe_status destroy_it(caffe_solver* solver, int event, void* user) {
  (void)event;
  (void)user;
  caffe_solver_destroy(solver);
  return CAFFE_OK;
}

TEST(solver_destroyed_by_its_own_callback) {
  caffe_solver* solver = make_solver("itself", "");
  int64_t iter;
  CHECK_OK(caffe_solver_add_callback(solver, destroy_it, NULL));
  CHECK_OK(caffe_solver_step(solver, 1));
  CHECK_FAILS(caffe_solver_iter(&iter, solver), CAFFE_INVALID_ARGUMENT, "has been destroyed");
}
