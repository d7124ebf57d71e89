/* Sixteen threads with a clone each: the nets share one set of weights, read from a file that stays
 * mapped, and the threads meet at the first use of them. What each computes is, bit for bit, what a
 * net that shares nothing with anybody computes on one thread. */
#define _XOPEN_SOURCE 700
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "c/api.h"

enum { kThreads = 16, kInput = 2 * 8 * 14 * 14, kOutput = 2 * 10 };

/* What there is to prepare from weights on the way: a convolution that may go by Winograd's
 * transforms, one that may not, an inner product, and statistics folded into a convolution. */
static const char* const kNet =
    "layer { name: 'data' type: 'Input' top: 'data'\n"
    "        input_param { shape { dim: 2 dim: 8 dim: 14 dim: 14 } } }\n"
    "layer { name: 'conv1' type: 'Convolution' bottom: 'data' top: 'conv1'\n"
    "        convolution_param { num_output: 16 kernel_size: 3 pad: 1\n"
    "                            weight_filler { type: 'xavier' } } }\n"
    "layer { name: 'bn1' type: 'BatchNorm' bottom: 'conv1' top: 'conv1' }\n"
    "layer { name: 'scale1' type: 'Scale' bottom: 'conv1' top: 'conv1'\n"
    "        scale_param { bias_term: true } }\n"
    "layer { name: 'relu1' type: 'ReLU' bottom: 'conv1' top: 'conv1' }\n"
    "layer { name: 'pool1' type: 'Pooling' bottom: 'conv1' top: 'pool1'\n"
    "        pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"
    "layer { name: 'norm1' type: 'LRN' bottom: 'pool1' top: 'norm1' }\n"
    "layer { name: 'conv2' type: 'Convolution' bottom: 'norm1' top: 'conv2'\n"
    "        convolution_param { num_output: 16 kernel_size: 5 stride: 2 group: 2\n"
    "                            weight_filler { type: 'xavier' } } }\n"
    "layer { name: 'ip' type: 'InnerProduct' bottom: 'conv2' top: 'ip'\n"
    "        inner_product_param { num_output: 10 weight_filler { type: 'xavier' } } }\n"
    "layer { name: 'prob' type: 'Softmax' bottom: 'ip' top: 'prob' }\n";

struct job {
  caffe_net* net;
  pthread_barrier_t* start;
  int which;
  float out[kOutput];
  char error[256];
};

static int run_once(struct job* job) {
  caffe_blob *data, *prob;
  float* in;
  int i;
  if (caffe_net_input(&data, job->net, 0) || caffe_blob_mutable_data(&in, data)) return 0;
  for (i = 0; i < kInput; ++i) in[i] = (float)((i * 7 + job->which * 13) % 29) / 29 - 0.4f;
  return caffe_net_forward(NULL, job->net) == CAFFE_OK &&
         caffe_net_output(&prob, job->net, 0) == CAFFE_OK &&
         caffe_blob_get_data(job->out, prob, kOutput) == CAFFE_OK;
}

/* Some of the work is done by a clone of the clone, which comes and goes meanwhile. */
static void* work(void* argument) {
  struct job* job = argument;
  caffe_net *mine = job->net, *second = NULL;
  int run, ok = 1;
  pthread_barrier_wait(job->start);
  for (run = 0; run < 6 && ok; ++run) {
    ok = run_once(job);
    if (ok && run % 2 == 0) {
      ok = caffe_net_clone(&second, mine) == CAFFE_OK;
      job->net = second;
      ok = ok && run_once(job);
      caffe_net_destroy(second);
      job->net = mine;
    }
  }
  if (!ok) snprintf(job->error, sizeof job->error, "%s", caffe_last_error());
  return NULL;
}

static void check_clones(const char* options) {
  static struct job jobs[kThreads];
  struct job alone;
  pthread_t threads[kThreads];
  pthread_barrier_t start;
  char file[4200];
  caffe_net* net = make_net(kNet, CAFFE_TEST);
  int i;
  snprintf(file, sizeof file, "%s", scratch("clones.caffemodel"));
  CHECK_OK(caffe_net_save_weights(net, file, 0));
  caffe_net_destroy(net);

  CHECK_OK(caffe_net_create_from_text(&net, kNet, CAFFE_TEST, options));
  CHECK_OK(caffe_net_load_weights(net, file));
  CHECK(pthread_barrier_init(&start, NULL, kThreads) == 0);
  memset(jobs, 0, sizeof jobs);
  for (i = 0; i < kThreads; ++i) {
    jobs[i].which = i;
    jobs[i].start = &start;
    CHECK_OK(caffe_net_clone(&jobs[i].net, net));
  }
  caffe_net_destroy(net);
  for (i = 0; i < kThreads; ++i) {
    CHECK(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
  }
  for (i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&start);

  memset(&alone, 0, sizeof alone);
  CHECK_OK(caffe_net_create_from_text(&alone.net, kNet, CAFFE_TEST, options));
  CHECK_OK(caffe_net_load_weights(alone.net, file));
  for (i = 0; i < kThreads; ++i) {
    if (jobs[i].error[0] != 0) check_failed(__FILE__, __LINE__, jobs[i].error);
    alone.which = i;
    CHECK(run_once(&alone));
    CHECK(memcmp(alone.out, jobs[i].out, sizeof alone.out) == 0);
    if (i > 0) CHECK(memcmp(jobs[i].out, jobs[i - 1].out, sizeof alone.out) != 0);
    caffe_net_destroy(jobs[i].net);
  }
  caffe_net_destroy(alone.net);
}

TEST(clones_with_the_process_threads) {
  check_clones(NULL);
}
TEST(clones_with_one_thread_each) {
  check_clones("threads: 1");
}
TEST(clones_optimized) {
  check_clones("optimize: true threads: 1");
}
TEST(clones_with_winograd) {
  check_clones("convolution: 'winograd' threads: 2");
}
TEST(clones_with_measured_convolutions) {
  check_clones("convolution: 'measured' threads: 1");
}
TEST(clones_with_short_weights) {
  check_clones("bf16_weights: true optimize: true threads: 1");
}
TEST(clones_of_plain_kernels) {
  check_clones("backend: 'reference' threads: 1");
}
