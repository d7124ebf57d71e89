/* What threads of one process do at the same time without knowing of each other: make and destroy
 * nets, fail, log, train, read data, load plugins, look around. */
#define _XOPEN_SOURCE 700
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "c/api.h"

enum { kThreads = 16 };

/* Runs `body` on sixteen threads that begin together, each with its number. It answers "" or what
 * went wrong. */
struct task {
  const char* (*body)(int number);
  pthread_barrier_t* start;
  int number;
  char error[512];
};

static void* run_task(void* argument) {
  struct task* task = argument;
  pthread_barrier_wait(task->start);
  snprintf(task->error, sizeof task->error, "%s", task->body(task->number));
  return NULL;
}

static void check_at_once(const char* (*body)(int number)) {
  static struct task tasks[kThreads];
  pthread_t threads[kThreads];
  pthread_barrier_t start;
  int i;
  CHECK(pthread_barrier_init(&start, NULL, kThreads) == 0);
  for (i = 0; i < kThreads; ++i) {
    tasks[i].body = body;
    tasks[i].start = &start;
    tasks[i].number = i;
    CHECK(pthread_create(&threads[i], NULL, run_task, &tasks[i]) == 0);
  }
  for (i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&start);
  for (i = 0; i < kThreads; ++i) {
    if (tasks[i].error[0] != 0) check_failed(__FILE__, __LINE__, tasks[i].error);
  }
}

static const char* make_clone_destroy(int number) {
  const char* options = number % 2 == 0 ? "threads: 1" : "threads: 1 optimize: true";
  int i;
  for (i = 0; i < 20; ++i) {
    caffe_net *net, *clone;
    caffe_blob* blob;
    char* text;
    if (caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, options) ||
        caffe_net_clone(&clone, net) || caffe_net_forward(NULL, net) ||
        caffe_net_prototxt(&text, clone)) {
      return caffe_last_error();
    }
    caffe_free(text);
    if (caffe_net_input(&blob, net, 0)) return caffe_last_error();
    caffe_net_destroy(net);
    if (caffe_net_forward(NULL, clone)) return caffe_last_error();
    caffe_net_destroy(clone);
    if (caffe_blob_count(NULL, blob) != CAFFE_INVALID_ARGUMENT) return "a blob outlived its net";
  }
  return "";
}

TEST(at_once_nets_come_and_go) {
  check_at_once(make_clone_destroy);
}

/* Sixteen different errors, each found again after everybody has made theirs. */
static const char* fail_alone(int number) {
  char text[128], expected[64];
  int i;
  snprintf(text, sizeof text, "layer { name: 'l%d' type: 'NoSuchLayer%d' }", number, number);
  snprintf(expected, sizeof expected, "NoSuchLayer%d", number);
  for (i = 0; i < 50; ++i) {
    caffe_net* net;
    const char* found;
    if (!caffe_net_create_from_text(&net, text, CAFFE_TEST, NULL)) return "a net of nothing";
    found = strstr(caffe_last_error(), expected);
    if (found == NULL || (found[strlen(expected)] >= '0' && found[strlen(expected)] <= '9')) {
      return "the error is another thread's";
    }
  }
  return "";
}

TEST(at_once_everybody_fails_in_his_own_way) {
  check_at_once(fail_alone);
}

/* Two callbacks that take turns: a line comes to one of them, with that one's `user`. */
struct counter {
  pthread_mutex_t mutex;
  int lines, wrong;
};
static struct counter counters[2];

static void count_line(struct counter* own, int level, const char* line, void* user) {
  pthread_mutex_lock(&own->mutex);
  ++own->lines;
  if (user != own || level < CAFFE_LOG_DEBUG || level > CAFFE_LOG_ERROR || strlen(line) < 20) {
    ++own->wrong;
  }
  pthread_mutex_unlock(&own->mutex);
}
static void count_first(int level, const char* line, void* user) {
  count_line(&counters[0], level, line, user);
}
static void count_second(int level, const char* line, void* user) {
  count_line(&counters[1], level, line, user);
}

static const char* log_and_redirect(int number) {
  int i;
  for (i = 0; i < 20; ++i) {
    caffe_net* net;
    const int which = (number + i) % 2;
    if (caffe_set_log_callback(which ? count_second : count_first, &counters[which]) ||
        caffe_set_log_level(CAFFE_LOG_INFO) ||
        caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, "lenient: true")) {
      return caffe_last_error();
    }
    caffe_net_destroy(net);
  }
  return "";
}

TEST(at_once_lines_go_to_one_callback) {
  int i;
  for (i = 0; i < 2; ++i) {
    pthread_mutex_init(&counters[i].mutex, NULL);
    counters[i].lines = counters[i].wrong = 0;
  }
  check_at_once(log_and_redirect);
  CHECK_OK(caffe_set_log_callback(NULL, NULL));
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_WARNING));
  CHECK(counters[0].lines + counters[1].lines >= kThreads * 20);
  CHECK(counters[0].wrong + counters[1].wrong == 0);
}

/* Whoever has been told that the plugin is there can use its layers. */
static const char* load_and_use(int number) {
  caffe_net* net;
  (void)number;
  if (caffe_plugin_load(CAFFE_TEST_PLUGINS "/slow.so") ||
      caffe_net_create_from_text(&net, "layer { name: 'x' type: 'TestSlow' top: 'x' }", CAFFE_TEST,
                                 NULL) ||
      caffe_net_forward(NULL, net)) {
    return caffe_last_error();
  }
  caffe_net_destroy(net);
  return "";
}

TEST(at_once_a_plugin_is_loaded_by_all) {
  check_at_once(load_and_use);
}

static const char kSolver[] =
    "net_param {\n"
    "  layer { name: 'x' type: 'DummyData' top: 'x' top: 'y'\n"
    "    dummy_data_param { shape { dim: 4 dim: 3 } shape { dim: 4 dim: 1 }\n"
    "                       data_filler { type: 'gaussian' } } }\n"
    "  layer { name: 'drop' type: 'Dropout' bottom: 'x' top: 'x' }\n"
    "  layer { name: 'ip' type: 'InnerProduct' bottom: 'x' top: 'ip'\n"
    "    inner_product_param { num_output: 1 weight_filler { type: 'xavier' } } }\n"
    "  layer { name: 'loss' type: 'EuclideanLoss' bottom: 'ip' bottom: 'y' top: 'loss' }\n"
    "}\n"
    "base_lr: 0.01 lr_policy: 'fixed' max_iter: 1000000000 random_seed: 5\n"
    "solver_mode: CPU snapshot_after_train: false\n";

static void* ask_to_stop(void* argument) {
  caffe_solver_request_stop(argument);
  return NULL;
}

/* A training that another thread ends, and one of a few steps: the same seed, so the same weights
 * on every thread. */
static float trained[kThreads][3];

static const char* train(int number) {
  caffe_solver* solver;
  caffe_net* net;
  caffe_blob* weights;
  pthread_t other;
  caffe_status status;
  if (caffe_solver_create_from_text(&solver, kSolver, NULL) || caffe_solver_step(solver, 20) ||
      caffe_solver_net(&net, solver) || caffe_net_param(&weights, net, 0) ||
      caffe_blob_get_data(trained[number], weights, 3)) {
    return caffe_last_error();
  }
  if (pthread_create(&other, NULL, ask_to_stop, solver) != 0) return "no thread";
  status = caffe_solver_step(solver, 2000);
  pthread_join(other, NULL);
  if (status) return caffe_last_error();
  caffe_solver_destroy(solver);
  return "";
}

TEST(at_once_trainings_are_alike) {
  int i;
  check_at_once(train);
  for (i = 1; i < kThreads; ++i) CHECK(memcmp(trained[0], trained[i], sizeof trained[0]) == 0);
}

/* A thread of the library reads the images ahead; a small one in the plainest format there is. */
static char list_file[4200];

static const char* read_ahead(int number) {
  char text[6000];
  caffe_net* net;
  caffe_blob* labels;
  float values[2];
  int i;
  snprintf(text, sizeof text,
           "layer { name: 'images' type: 'ImageData' top: 'data' top: 'label'\n"
           "        image_data_param { source: '%s' batch_size: 2 } }",
           list_file);
  if (caffe_net_create_from_text(&net, text, number % 2, NULL) ||
      caffe_net_blob_by_name(&labels, net, "label")) {
    return caffe_last_error();
  }
  for (i = 0; i < 10; ++i) {
    if (caffe_net_forward(NULL, net) || caffe_blob_get_data(values, labels, 2)) {
      return caffe_last_error();
    }
    if (values[0] != (float)(2 * i % 3) || values[1] != (float)((2 * i + 1) % 3)) {
      return "the labels are not in order";
    }
  }
  caffe_net_destroy(net);
  return "";
}

TEST(at_once_images_are_read_ahead) {
  snprintf(list_file, sizeof list_file, "%s", image_list());
  if (strstr(read_ahead(0), "is not installed") != NULL) SKIP("there is no module of image codecs");
  check_at_once(read_ahead);
}

/* Text that is handed out for ever is made once, whoever asks first. */
static const char* look_around(int number) {
  const char* name;
  int64_t count, i;
  caffe_status status;
  (void)number;
  if (strstr(caffe_build_info(), "version: ") == NULL) return "no build info";
  if (caffe_layer_type_count(&count) || caffe_device_name(&name, 0)) return caffe_last_error();
  for (i = 0; i < count; ++i) {
    if (caffe_layer_type_name(&name, i)) return caffe_last_error();
    if (*name == 0) return "a type without a name";
  }
  status = caffe_set_device(number % 2 == 0 ? "cpu" : "no such device");
  if ((status == CAFFE_OK) != (number % 2 == 0)) return "another device";
  return strcmp(caffe_get_device(), "cpu") == 0 ? "" : caffe_get_device();
}

TEST(at_once_everybody_looks_around) {
  check_at_once(look_around);
}
