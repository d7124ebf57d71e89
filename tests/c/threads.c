/* Nets used by several threads: clones share weights, each has blobs of its own. */
#define _XOPEN_SOURCE 700
#include "c/api.h"

#include <pthread.h>
#include <string.h>

static const char* const kConvNet =
    "layer { name: \"data\" type: \"Input\" top: \"data\"\n"
    "        input_param { shape { dim: 2 dim: 3 dim: 9 dim: 9 } } }\n"
    "layer { name: \"conv\" type: \"Convolution\" bottom: \"data\" top: \"conv\"\n"
    "        convolution_param { num_output: 8 kernel_size: 3 weight_filler { type: \"xavier\" } } "
    "}\n"
    "layer { name: \"pool\" type: \"Pooling\" bottom: \"conv\" top: \"pool\"\n"
    "        pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"
    "layer { name: \"ip\" type: \"InnerProduct\" bottom: \"pool\" top: \"ip\"\n"
    "        inner_product_param { num_output: 5 weight_filler { type: \"xavier\" } } }\n"
    "layer { name: \"prob\" type: \"Softmax\" bottom: \"ip\" top: \"prob\" }\n";

struct job {
  caffe_net* net;
  float scale;
  float out[10];
  caffe_status status;
  char error[256];
};

/* Runs many times and keeps the last answer; nothing that could leave the test. */
static void* work(void* argument) {
  struct job* job = argument;
  caffe_blob *data, *prob;
  float in[2 * 3 * 9 * 9];
  int i, run;
  for (i = 0; i < 486; ++i) in[i] = job->scale * (float)(i % 7);
  for (run = 0; run < 200 && job->status == CAFFE_OK; ++run) {
    job->status = caffe_net_input(&data, job->net, 0);
    if (!job->status) job->status = caffe_blob_set_data(data, in, 486);
    if (!job->status) job->status = caffe_net_forward(NULL, job->net);
    if (!job->status) job->status = caffe_net_output(&prob, job->net, 0);
    if (!job->status) job->status = caffe_blob_get_data(job->out, prob, 10);
  }
  strncpy(job->error, job->status ? caffe_last_error() : "", sizeof job->error - 1);
  return NULL;
}

TEST(threads_clones_share_weights) {
  enum { kThreads = 3 };
  struct job alone, jobs[kThreads];
  pthread_t threads[kThreads];
  caffe_blob *weights, *theirs;
  const float *mine, *same;
  int i;
  memset(jobs, 0, sizeof jobs);
  memset(&alone, 0, sizeof alone);
  alone.net = make_net(kConvNet, CAFFE_TEST);
  for (i = 0; i < kThreads; ++i) CHECK_OK(caffe_net_clone(&jobs[i].net, alone.net));
  CHECK_OK(caffe_net_param(&weights, alone.net, 0));
  CHECK_OK(caffe_net_param(&theirs, jobs[1].net, 0));
  CHECK_OK(caffe_blob_data(&mine, weights));
  CHECK_OK(caffe_blob_data(&same, theirs));
  CHECK(mine == same);
  for (i = 0; i < kThreads; ++i) {
    jobs[i].scale = 0.01f * (float)(i + 1);
    CHECK(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
  }
  for (i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  for (i = 0; i < kThreads; ++i) {
    if (jobs[i].status != CAFFE_OK) check_failed(__FILE__, __LINE__, jobs[i].error);
    alone.scale = jobs[i].scale;
    work(&alone);
    CHECK(memcmp(alone.out, jobs[i].out, sizeof alone.out) == 0);
  }
  caffe_net_destroy(alone.net);
  CHECK_OK(caffe_net_forward(NULL, jobs[0].net));
  for (i = 0; i < kThreads; ++i) caffe_net_destroy(jobs[i].net);
}

/* Keeps the number of compute threads inside of a pass. */
static caffe_status keep_threads(caffe_net* net, int event, int64_t layer, void* user) {
  (void)net, (void)event, (void)layer;
  *(int*)user = caffe_num_threads();
  return CAFFE_OK;
}

TEST(threads_of_a_net_are_its_own) {
  caffe_net *own, *clone, *usual = make_net(kConvNet, CAFFE_TEST);
  int in_own = 0, in_clone = 0, in_usual = 0;
  CHECK_OK(caffe_set_num_threads(3));
  CHECK_OK(caffe_net_create_from_text(&own, kConvNet, CAFFE_TEST, "threads: 2"));
  CHECK_OK(caffe_net_clone(&clone, own));
  CHECK_OK(caffe_net_add_callback(own, keep_threads, &in_own));
  CHECK_OK(caffe_net_add_callback(clone, keep_threads, &in_clone));
  CHECK_OK(caffe_net_add_callback(usual, keep_threads, &in_usual));
  CHECK_OK(caffe_net_forward(NULL, own));
  CHECK(caffe_num_threads() == 3);
  CHECK_OK(caffe_net_forward(NULL, clone));
  CHECK_OK(caffe_net_forward(NULL, usual));
  CHECK(in_own == 2);
  CHECK(in_clone == 2);
  CHECK(in_usual == 3);
  CHECK_OK(caffe_set_num_threads(0));
  caffe_net_destroy(own);
  caffe_net_destroy(clone);
  caffe_net_destroy(usual);
}

static void* fail_here(void* argument) {
  (void)argument;
  caffe_set_log_level(99);
  return strstr(caffe_last_error(), "level is 99") != NULL ? argument : NULL;
}

TEST(threads_have_their_own_last_error) {
  pthread_t thread;
  void* result = NULL;
  int token;
  caffe_set_error("mine");
  CHECK(pthread_create(&thread, NULL, fail_here, &token) == 0);
  pthread_join(thread, &result);
  CHECK(result == &token);
  CHECK(strcmp(caffe_last_error(), "mine") == 0);
}

static void* make_and_destroy(void* argument) {
  static const char* const text =
      "layer { name: \"data\" type: \"Input\" top: \"data\" input_param { shape { dim: 1 } } }";
  int i;
  for (i = 0; i < 200; ++i) {
    caffe_net* net = NULL;
    caffe_blob* blob;
    int64_t count = 0;
    if (caffe_net_create_from_text(&net, text, CAFFE_TEST, NULL)) return NULL;
    if (caffe_net_blob(&blob, net, 0) || caffe_blob_count(&count, blob) || count != 1) return NULL;
    caffe_net_destroy(net);
    if (caffe_blob_count(&count, blob) != CAFFE_INVALID_ARGUMENT) return NULL;
  }
  return argument;
}

TEST(threads_make_and_destroy_at_once) {
  pthread_t threads[4];
  void* result;
  int i, ok = 1, token;
  for (i = 0; i < 4; ++i) CHECK(pthread_create(&threads[i], NULL, make_and_destroy, &token) == 0);
  for (i = 0; i < 4; ++i) {
    pthread_join(threads[i], &result);
    ok = ok && result == &token;
  }
  CHECK(ok);
}
