/* Children of a parent whose other threads are in the middle of something: nets that come, run and
 * go, log lines, errors, a plugin that is being loaded, images that are read ahead. */
#define _XOPEN_SOURCE 700
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "c/api.h"
#include "embed/fork/children.h"

enum { kThreads = 4, kForks = 25 };

static struct {
  pthread_mutex_t mutex;
  int rounds, ending;
} shared = {PTHREAD_MUTEX_INITIALIZER, 0, 0};

/* Adds to the rounds, and answers them; -1 at the end. */
static int count_rounds(int more) {
  int rounds;
  pthread_mutex_lock(&shared.mutex);
  rounds = shared.ending ? -1 : (shared.rounds += more);
  pthread_mutex_unlock(&shared.mutex);
  return rounds;
}

static void no_line(int level, const char* line, void* user) {
  (void)level, (void)line, (void)user;
}

/* What takes locks: handles, lending, layer types, the log, texts, storages, memory pools. */
static const char* use(int number) {
  const char* options = number % 2 == 0 ? "threads: 1 lenient: true" : "threads: 2 optimize: true";
  caffe_net *net, *clone;
  caffe_blob* blob;
  const char* name;
  float values[8];
  char* text;
  if (caffe_set_log_callback(no_line, NULL) || caffe_set_log_level(CAFFE_LOG_INFO) ||
      caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, options) ||
      caffe_net_clone(&clone, net) || caffe_net_forward(NULL, net) ||
      caffe_net_forward(NULL, clone) || caffe_net_output(&blob, clone, 0) ||
      caffe_blob_get_data(values, blob, 8) || caffe_layer_type_name(&name, number) ||
      caffe_solver_type_name(&name, 0) || caffe_net_prototxt(&text, net)) {
    return caffe_last_error();
  }
  caffe_free(text);
  caffe_net_destroy(net);
  caffe_net_destroy(clone);
  return caffe_net_forward(NULL, net) == CAFFE_INVALID_ARGUMENT ? "" : "a net lives on";
}

static void* keep_busy(void* number) {
  const char* wrong = "";
  do {
    wrong = use((int)(intptr_t)number);
  } while (count_rounds(1) >= 0 && wrong[0] == 0);
  return (void*)wrong;
}

static const char* use_in_child(void* user) {
  (void)user;
  return use(1);
}

static const char* beside_threads(void* user) {
  pthread_t threads[kThreads];
  const char* wrong = "";
  int i;
  (void)user;
  for (i = 0; i < kThreads; ++i) {
    if (pthread_create(&threads[i], NULL, keep_busy, (void*)(intptr_t)i) != 0) return "no thread";
  }
  for (i = 0; i < kForks && wrong[0] == 0; ++i) {
    const int before = count_rounds(0);
    while (count_rounds(0) == before) sched_yield(); /* each is made in another moment */
    wrong = in_child(use_in_child, NULL);
  }
  pthread_mutex_lock(&shared.mutex);
  shared.ending = 1;
  pthread_mutex_unlock(&shared.mutex);
  for (i = 0; i < kThreads; ++i) {
    void* other;
    pthread_join(threads[i], &other);
    if (wrong[0] == 0) wrong = other;
  }
  return wrong;
}

/* Of tests whose threads may be about to allocate when the process forks. */
#if defined(__SANITIZE_ADDRESS__) && __GNUC__ < 14
#define NEED_AN_ALLOCATOR_THAT_FORKS() \
  SKIP("this address sanitizer leaves its allocator's locks to the child as they are")
#else
#define NEED_AN_ALLOCATOR_THAT_FORKS() (void)0
#endif

TEST(fork_beside_threads_that_use_the_library) {
  NEED_AN_ALLOCATOR_THAT_FORKS();
  CHECK_IN_CHILD(beside_threads, NULL);
}

/* A net that another thread runs at the moment of the fork stays with it; its values may be read,
 * it may be destroyed, and another one takes its place. */
struct stuck {
  caffe_net* net;
  int begun[2], end[2]; /* pipes */
};

static caffe_status wait_for_the_end(caffe_net* net, int event, int64_t layer, void* user) {
  struct stuck* stuck = user;
  char byte = 0;
  (void)net;
  if (event != CAFFE_NET_BEFORE_FORWARD || layer != 1) return CAFFE_OK;
  return write(stuck->begun[1], &byte, 1) == 1 && read(stuck->end[0], &byte, 1) == 1
             ? CAFFE_OK
             : CAFFE_CALLBACK;
}

static void* forward(void* user) {
  struct stuck* stuck = user;
  return (void*)(intptr_t)caffe_net_forward(NULL, stuck->net);
}

static const char* find_it_running(void* user) {
  struct stuck* stuck = user;
  caffe_blob* blob;
  float values[6];
  if (caffe_net_forward(NULL, stuck->net) != CAFFE_STATE) return "the net may be run";
  if (strstr(caffe_last_error(), "when this process was forked") == NULL) return caffe_last_error();
  if (caffe_net_input(&blob, stuck->net, 0) || caffe_blob_get_data(values, blob, 6)) {
    return caffe_last_error();
  }
  caffe_net_destroy(stuck->net);
  return use(1);
}

static const char* beside_a_running_net(void* user) {
  static struct stuck stuck;
  pthread_t thread;
  void* status;
  char byte = 0;
  const char* wrong;
  (void)user;
  if (pipe(stuck.begun) != 0 || pipe(stuck.end) != 0) return "no pipe";
  if (caffe_net_create_from_text(&stuck.net, kSmallNet, CAFFE_TEST, NULL) ||
      caffe_net_add_callback(stuck.net, wait_for_the_end, &stuck)) {
    return caffe_last_error();
  }
  if (pthread_create(&thread, NULL, forward, &stuck) != 0) return "no thread";
  if (read(stuck.begun[0], &byte, 1) != 1) return "it does not begin";
  wrong = in_child(find_it_running, &stuck);
  if (write(stuck.end[1], &byte, 1) != 1) return "it does not end";
  pthread_join(thread, &status);
  return wrong[0] || status == NULL ? wrong : "the parent's net has failed";
}

TEST(fork_beside_a_thread_that_runs_a_net) {
  CHECK_IN_CHILD(beside_a_running_net, NULL);
}

/* The child does not wait for the thread that was loading it. It may find that the plugin has
 * brought its layer already, without having been heard of again. */
static const char* load(void* user) {
  const caffe_status status = caffe_plugin_load(CAFFE_TEST_PLUGINS "/slow.so");
  (void)user;
  if (status == CAFFE_OK || strstr(caffe_last_error(), "caffe_plugin_init returned") != NULL)
    return "";
  return caffe_last_error();
}

static void* load_on_thread(void* user) {
  return (void*)load(user);
}

static const char* beside_a_plugin(void* user) {
  pthread_t thread;
  void* other;
  const char* wrong;
  (void)user;
  if (pthread_create(&thread, NULL, load_on_thread, NULL) != 0) return "no thread";
  while (dlopen(CAFFE_TEST_PLUGINS "/slow.so", RTLD_NOW | RTLD_NOLOAD) == NULL) sched_yield();
  wrong = in_child(load, NULL);
  pthread_join(thread, &other);
  return wrong[0] ? wrong : other;
}

TEST(fork_beside_a_plugin_that_is_being_loaded) {
  CHECK_IN_CHILD(beside_a_plugin, NULL);
}

/* Images read ahead: parent and child both go on where the net was. */
struct reading {
  char list[4200];
  int threads;
  caffe_net* net;
  int passes;
};

static const char* read_on(void* user) {
  struct reading* reading = user;
  caffe_blob* labels;
  int i;
  if (reading->net == NULL) {
    char text[6000];
    snprintf(text, sizeof text,
             "layer { name: 'images' type: 'ImageData' top: 'data' top: 'label'\n"
             "        data_param { threads: %d }\n"
             "        image_data_param { source: '%s' batch_size: 2 } }",
             reading->threads, reading->list);
    if (caffe_net_create_from_text(&reading->net, text, CAFFE_TRAIN, NULL))
      return caffe_last_error();
  }
  if (caffe_net_blob_by_name(&labels, reading->net, "label")) return caffe_last_error();
  for (i = 0; i < 6; ++i) {
    const int first = 2 * reading->passes++;
    float values[2];
    if (caffe_net_forward(NULL, reading->net) || caffe_blob_get_data(values, labels, 2)) {
      return caffe_last_error();
    }
    if (values[0] != (float)(first % 3) || values[1] != (float)((first + 1) % 3)) {
      return "the labels are not in order";
    }
  }
  return "";
}

static const char* destroy_at_once(void* user) {
  caffe_net_destroy(((struct reading*)user)->net);
  return "";
}

static const char* read_and_destroy(void* user) {
  const char* wrong = read_on(user);
  if (wrong[0] == 0) wrong = in_child(read_on, user); /* a grandchild */
  destroy_at_once(user);
  return wrong;
}

static const char* while_images_are_read(void* user) {
  const char* wrong;
  int i;
  if ((wrong = read_on(user))[0]) return wrong;
  for (i = 0; i < 10; ++i) {
    if ((wrong = in_child(read_and_destroy, user))[0]) return wrong;
    if ((wrong = in_child(destroy_at_once, user))[0]) return wrong;
    if ((wrong = read_on(user))[0]) return wrong;
  }
  return destroy_at_once(user);
}

static void read_images_ahead(int threads) {
  static struct reading reading;
  const char* wrong;
  NEED_AN_ALLOCATOR_THAT_FORKS();
  snprintf(reading.list, sizeof reading.list, "%s", image_list());
  reading.threads = threads;
  wrong = in_child(while_images_are_read, &reading);
  if (strstr(wrong, "is not installed") != NULL) SKIP("there is no module of image codecs");
  if (wrong[0] != 0) check_failed(__FILE__, __LINE__, wrong);
}

TEST(fork_while_images_are_read_ahead) {
  read_images_ahead(0);
}
TEST(fork_while_several_threads_read_images_ahead) {
  read_images_ahead(4);
}
