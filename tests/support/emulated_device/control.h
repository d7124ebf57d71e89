/* What tests ask of the emulated device: `caffe_emulated_control` in its module. */
#ifndef CAFFE_TESTS_EMULATED_CONTROL_H
#define CAFFE_TESTS_EMULATED_CONTROL_H

#include <stdint.h>

typedef struct caffe_emulated_figures {
  int64_t queues, launches, allocations, waits, bytes; /* queues and bytes there are now */
} caffe_emulated_figures;

typedef struct caffe_emulated_control {
  /* Of queues made from now on: delays between operations; 0: none. */
  void (*seed)(uint64_t seed);
  /* The n-th allocation (launch) from now on fails; at the n-th launch the device is lost; 0: none.
   */
  void (*fail_allocation)(int64_t n);
  void (*fail_launch)(int64_t n);
  void (*lose)(int64_t n);
  /* A lost device is there again. */
  void (*recover)(void);
  void (*set_memory)(int64_t bytes);
  void (*figures)(caffe_emulated_figures* out);
} caffe_emulated_control;

typedef const caffe_emulated_control* (*caffe_emulated_control_function)(void);
/* The function is named caffe_emulated_control_table. */

#endif
