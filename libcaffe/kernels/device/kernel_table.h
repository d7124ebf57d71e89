/* The numeric vocabulary (kernels/kernels.hpp, which says what each function means) as the module
 * of a device speaks it: functions of raw pointers into the device's memory that put their work
 * into a queue and return. What is NULL the device lacks; the host's reference does it, at the
 * price of copies each way. */
#ifndef CAFFE_KERNELS_DEVICE_KERNEL_TABLE_H
#define CAFFE_KERNELS_DEVICE_KERNEL_TABLE_H

#include "core/device_table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Axes of space that a convolution may have here; with more it is the reference's. */
#define CAFFE_KERNEL_MAX_SPACE 6

/* Values as outer x channels x inner. */
typedef struct caffe_channel_view {
  int64_t outer, channels, inner;
} caffe_channel_view;

/* What is NULL is 0 for centre and shift, 1 for scale. */
typedef struct caffe_channel_map {
  const float *centre, *scale, *shift;
} caffe_channel_map;

/* Activation::Kind in kernels.hpp. */
enum { CAFFE_NO_ACTIVATION = 0, CAFFE_RELU = 1, CAFFE_PRELU = 2, CAFFE_ELU = 3 };

typedef struct caffe_convolution_spec {
  int32_t space; /* axes */
  int32_t bias, training, transposed, method, addend, activation;
  float slope;
  int64_t batch, bottom_channels, top_channels, group;
  int64_t bottom[CAFFE_KERNEL_MAX_SPACE], top[CAFFE_KERNEL_MAX_SPACE];
  int64_t kernel[CAFFE_KERNEL_MAX_SPACE], stride[CAFFE_KERNEL_MAX_SPACE];
  int64_t pad[CAFFE_KERNEL_MAX_SPACE], dilation[CAFFE_KERNEL_MAX_SPACE];
  int64_t joint_channels, first_channel;
} caffe_convolution_spec;

typedef struct caffe_inner_product_spec {
  int64_t rows, inputs, outputs;
  int32_t transposed, bias, training, weights_encoding;
} caffe_inner_product_spec;

typedef struct caffe_pooling_spec {
  int64_t images, channels, bottom_h, bottom_w, top_h, top_w;
  int64_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
  int32_t average, training;
} caffe_pooling_spec;

typedef struct caffe_lrn_spec {
  caffe_channel_view view;
  int64_t size;
  float alpha, beta, k;
} caffe_lrn_spec;

/* A gradient step on one parameter: UpdateSpec in kernels/update_functors.hpp. */
typedef struct caffe_update {
  int32_t rule, l1;
  float gradient_scale, decay, rate, momentum, momentum2, delta;
  float* data;
  const float* diff;
  float *first, *second; /* histories */
  int64_t count;
} caffe_update;

/* Something prepared for shapes; destroyed when the queue is done with it. */
typedef struct caffe_operation caffe_operation;

typedef struct caffe_kernel_table {
  size_t size; /* of this struct: what a smaller one lacks is NULL */

  int (*convolution)(caffe_queue*, const caffe_convolution_spec*, caffe_operation** out,
                     caffe_device_error*);
  int (*convolution_forward)(caffe_queue*, caffe_operation*, const float* x, const float* w,
                             const float* b, const float* addend, const float* slopes, float* y,
                             caffe_device_error*);
  int (*convolution_backward_data)(caffe_queue*, caffe_operation*, const float* dy, const float* w,
                                   float* dx, caffe_device_error*);
  int (*convolution_backward_weights)(caffe_queue*, caffe_operation*, const float* x,
                                      const float* dy, float* dw, float* db, caffe_device_error*);

  int (*inner_product)(caffe_queue*, const caffe_inner_product_spec*, caffe_operation** out,
                       caffe_device_error*);
  /* The weights are in the encoding that the spec says. */
  int (*inner_product_forward)(caffe_queue*, caffe_operation*, const float* x, const void* w,
                               const float* b, float* y, caffe_device_error*);
  int (*inner_product_backward_data)(caffe_queue*, caffe_operation*, const float* dy,
                                     const float* w, float* dx, caffe_device_error*);
  int (*inner_product_backward_weights)(caffe_queue*, caffe_operation*, const float* x,
                                        const float* dy, float* dw, float* db, caffe_device_error*);

  int (*pooling)(caffe_queue*, const caffe_pooling_spec*, caffe_operation** out,
                 caffe_device_error*);
  int (*pooling_forward)(caffe_queue*, caffe_operation*, const float* x, float* y, float* mask,
                         caffe_device_error*);
  int (*pooling_backward)(caffe_queue*, caffe_operation*, const float* dy, float* dx,
                          caffe_device_error*);

  void (*operation_destroy)(caffe_queue*, caffe_operation*);

  int (*gemm)(caffe_queue*, int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k,
              float alpha, const float* a, const float* b, float beta, float* c,
              caffe_device_error*);

  int (*relu)(caffe_queue*, const float* x, float negative_slope, float* y, int64_t count,
              caffe_device_error*);
  int (*relu_backward)(caffe_queue*, const float* x, const float* dy, float negative_slope,
                       float* dx, int64_t count, caffe_device_error*);
  /* Curve::Kind in kernels.hpp. */
  int (*curve)(caffe_queue*, int kind, float a, const float* x, float* y, int64_t count,
               caffe_device_error*);
  int (*negative_power)(caffe_queue*, float shift, float scale, float exponent, const float* x,
                        float* y, int64_t count, caffe_device_error*);

  int (*softmax)(caffe_queue*, const float* x, caffe_channel_view, float* y, caffe_device_error*);
  int (*softmax_backward)(caffe_queue*, const float* y, const float* dy, caffe_channel_view,
                          float* dx, caffe_device_error*);

  int (*channel_map)(caffe_queue*, const float* x, caffe_channel_map, caffe_channel_view, float* y,
                     caffe_device_error*);
  int (*channel_blend)(caffe_queue*, const float* x, caffe_channel_map, const float* z,
                       caffe_channel_map map_z, caffe_channel_view, float* y, caffe_device_error*);
  int (*prelu)(caffe_queue*, const float* x, const float* slopes, caffe_channel_view, float* y,
               caffe_device_error*);
  int (*prelu_backward)(caffe_queue*, const float* x, const float* slopes, const float* dy,
                        caffe_channel_view, float* dx, caffe_device_error*);

  int (*lrn)(caffe_queue*, const float* x, const caffe_lrn_spec*, float* y, caffe_device_error*);
  int (*lrn_backward)(caffe_queue*, const float* x, const float* dy, const caffe_lrn_spec*,
                      float* dx, caffe_device_error*);

  int (*fill)(caffe_queue*, float value, float* y, int64_t count, caffe_device_error*);
  int (*axpby)(caffe_queue*, float a, const float* x, float b, float* y, int64_t count,
               caffe_device_error*);
  int (*scale)(caffe_queue*, float a, float* y, int64_t count, caffe_device_error*);
  int (*multiply)(caffe_queue*, const float* a, const float* b, float* y, int64_t count,
                  caffe_device_error*);
  int (*weighted_sum)(caffe_queue*, const float* const* x, const float* factors, int count_x,
                      float* y, int64_t count, caffe_device_error*);

  int (*update)(caffe_queue*, const caffe_update* updates, int64_t count, caffe_device_error*);
} caffe_kernel_table;

#ifdef __cplusplus
}
#endif

#endif
