/* The numeric vocabulary (kernels.hpp says what each function means) in functions of raw pointers:
 * a backend is a table of them. The module of a device fills one with functions that put their work
 * into a queue and return, with pointers into the device's memory; what is NULL it lacks, and the
 * host's reference does it, at the price of copies each way. Functions return a code of
 * core/device_table.h. Tensors are of floats; the order of their axes is the caller's business. */
#ifndef CAFFE_KERNELS_TABLE_H
#define CAFFE_KERNELS_TABLE_H

#include "core/device_table.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  CAFFE_MAX_SPACE = 30,   /* axes of space of a convolution: all that a blob may have */
  CAFFE_MAX_AXES = 12,    /* of a strided copy */
  CAFFE_MAX_OPERANDS = 8, /* of a sum or a maximum */
  CAFFE_MAX_UPDATES = 16  /* parameters in one launch */
};

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
  int64_t bottom[CAFFE_MAX_SPACE], top[CAFFE_MAX_SPACE];
  int64_t kernel[CAFFE_MAX_SPACE], stride[CAFFE_MAX_SPACE];
  int64_t pad[CAFFE_MAX_SPACE], dilation[CAFFE_MAX_SPACE];
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

/* Function in kernels.hpp: a kind and its constants. */
typedef struct caffe_function {
  int32_t kind;
  float a, b, c;
} caffe_function;

/* The first `count` of some operands. */
typedef struct caffe_operands {
  int32_t count;
  const float* values[CAFFE_MAX_OPERANDS];
  float factors[CAFFE_MAX_OPERANDS];
} caffe_operands;

/* Steps through two tensors at once, in values. */
typedef struct caffe_strides {
  int32_t axes;
  int64_t extents[CAFFE_MAX_AXES], from[CAFFE_MAX_AXES], to[CAFFE_MAX_AXES];
} caffe_strides;

/* Boxes on images: rows of (image, x1, y1, x2, y2), coordinates times `scale` being the image's;
 * each is pooled to bins_h x bins_w values a channel. */
typedef struct caffe_roi_spec {
  int64_t images, channels, height, width, boxes, bins_h, bins_w;
  float scale;
} caffe_roi_spec;

/* Images of rows of pixels, of `inner` values each. `cut` rows and columns are taken off before
 * left_h x left_w, which are resized to top_h x top_w. */
typedef struct caffe_interp_spec {
  int64_t images, inner, bottom_h, bottom_w, cut, left_h, left_w, top_h, top_w;
} caffe_interp_spec;

/* UnpoolingSpec in kernels.hpp. */
typedef struct caffe_unpooling_spec {
  int64_t planes, bottom_h, bottom_w, top_h, top_w;
  int64_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
  int32_t averages, shares;
} caffe_unpooling_spec;

/* `planes` of `few` values in as many of `many`. */
typedef struct caffe_plane_indices {
  int64_t planes, few, many;
} caffe_plane_indices;

/* Reduction in kernels.hpp. */
enum { CAFFE_SUM = 0, CAFFE_SUM_OF_MAGNITUDES = 1, CAFFE_SUM_OF_SQUARES = 2, CAFFE_DOT = 3 };

/* Random words are those of Philox 4x32-10 (core/rng.hpp): value i gets word i % 4 of the group
 * first + i / 4 of (seed, stream). */
typedef struct caffe_random {
  uint64_t seed, stream, first;
} caffe_random;

typedef struct caffe_update {
  int32_t rule, l1; /* UpdateSpec in update_functors.hpp */
  float gradient_scale, decay, rate, momentum, momentum2, delta;
  float* data;
  const float* diff;
  float *first, *second; /* histories; the second may be NULL */
  int64_t count;
} caffe_update;

typedef struct caffe_updates {
  int32_t count;
  caffe_update each[CAFFE_MAX_UPDATES];
} caffe_updates;

/* Something prepared for shapes. */
typedef struct caffe_operation caffe_operation;

typedef struct caffe_kernel_table {
  size_t size; /* of this struct: what a smaller one lacks is NULL */

  /* Prepared at once, without a place in the queue; destroyed behind what was issued. */
  int (*convolution)(caffe_queue*, caffe_convolution_spec, caffe_operation** out,
                     caffe_device_error*);
  int (*inner_product)(caffe_queue*, caffe_inner_product_spec, caffe_operation** out,
                       caffe_device_error*);
  int (*pooling)(caffe_queue*, caffe_pooling_spec, caffe_operation** out, caffe_device_error*);
  int (*operation_destroy)(caffe_queue*, caffe_operation*, caffe_device_error*);

  int (*convolution_forward)(caffe_queue*, caffe_operation*, const float* x, const float* w,
                             const float* b, const float* addend, const float* slopes, float* y,
                             caffe_device_error*);
  int (*convolution_backward_data)(caffe_queue*, caffe_operation*, const float* dy, const float* w,
                                   float* dx, caffe_device_error*);
  int (*convolution_backward_weights)(caffe_queue*, caffe_operation*, const float* x,
                                      const float* dy, float* dw, float* db, caffe_device_error*);
  /* The weights are in the encoding that the spec says. */
  int (*inner_product_forward)(caffe_queue*, caffe_operation*, const float* x, const void* w,
                               const float* b, float* y, caffe_device_error*);
  int (*inner_product_backward_data)(caffe_queue*, caffe_operation*, const float* dy,
                                     const float* w, float* dx, caffe_device_error*);
  int (*inner_product_backward_weights)(caffe_queue*, caffe_operation*, const float* x,
                                        const float* dy, float* dw, float* db, caffe_device_error*);
  int (*pooling_forward)(caffe_queue*, caffe_operation*, const float* x, float* y, float* mask,
                         caffe_device_error*);
  int (*pooling_backward)(caffe_queue*, caffe_operation*, const float* dy, float* dx,
                          caffe_device_error*);

  int (*gemm)(caffe_queue*, int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k,
              float alpha, const float* a, const float* b, float beta, float* c,
              caffe_device_error*);

  int (*relu)(caffe_queue*, const float* x, float negative_slope, float* y, int64_t count,
              caffe_device_error*);
  int (*relu_backward)(caffe_queue*, const float* x, const float* dy, float negative_slope,
                       float* dx, int64_t count, caffe_device_error*);
  int (*map)(caffe_queue*, caffe_function, const float* x, float* y, int64_t count,
             caffe_device_error*);
  int (*map_backward)(caffe_queue*, caffe_function, const float* x, const float* y, const float* dy,
                      float* dx, int64_t count, caffe_device_error*);
  int (*negative_power)(caffe_queue*, float shift, float scale, float exponent, const float* x,
                        float* y, int64_t count, caffe_device_error*);

  int (*fill)(caffe_queue*, float value, float* y, int64_t count, caffe_device_error*);
  int (*copy)(caffe_queue*, const float* x, float* y, int64_t count, caffe_device_error*);
  int (*axpby)(caffe_queue*, float a, const float* x, float b, float* y, int64_t count,
               caffe_device_error*);
  int (*scale)(caffe_queue*, float a, float* y, int64_t count, caffe_device_error*);
  int (*multiply)(caffe_queue*, const float* a, const float* b, float* y, int64_t count,
                  caffe_device_error*);
  int (*divide)(caffe_queue*, const float* a, const float* b, float* y, int64_t count,
                caffe_device_error*);
  int (*divide_by)(caffe_queue*, const float* x, const float* divisor, float* y, int64_t count,
                   caffe_device_error*);
  int (*weighted_sum)(caffe_queue*, caffe_operands, float* y, int64_t count, caffe_device_error*);
  /* Of the operands numbered from `first` on; those before it have given y and index already. */
  int (*maximum)(caffe_queue*, caffe_operands, int32_t first, float* y, float* index, int64_t count,
                 caffe_device_error*);
  int (*select)(caffe_queue*, const float* index, float wanted, const float* dy, float* dx,
                int64_t count, caffe_device_error*);
  /* images x channels x space in plain order or, with channels_last, channels innermost; the words
   * are those of the plain order. */
  int (*dropout_mask)(caffe_queue*, caffe_random, float ratio, float scale, int64_t images,
                      int64_t channels, int64_t space, int channels_last, float* mask,
                      caffe_device_error*);

  int (*softmax)(caffe_queue*, const float* x, caffe_channel_view, float* y, caffe_device_error*);
  int (*softmax_backward)(caffe_queue*, const float* y, const float* dy, caffe_channel_view,
                          float* dx, caffe_device_error*);
  int (*lrn)(caffe_queue*, const float* x, caffe_lrn_spec, float* y, caffe_device_error*);
  int (*lrn_backward)(caffe_queue*, const float* x, const float* dy, caffe_lrn_spec, float* dx,
                      caffe_device_error*);

  /* Within channels: the products of windows' means and values that a gradient is made of. */
  int (*lrn_within_ratios)(caffe_queue*, const float* x, const float* dy, const float* means,
                           const float* powers, float alpha, float* ratios, int64_t count,
                           caffe_device_error*);
  int (*lrn_within_backward)(caffe_queue*, const float* x, const float* dy, const float* powers,
                             const float* around, float factor, float* dx, int64_t count,
                             caffe_device_error*);

  int (*channel_map)(caffe_queue*, const float* x, caffe_channel_map, caffe_channel_view, float* y,
                     caffe_device_error*);
  int (*channel_blend)(caffe_queue*, const float* x, caffe_channel_map, const float* z,
                       caffe_channel_map map_z, caffe_channel_view, float* y, caffe_device_error*);
  int (*channel_sums)(caffe_queue*, const float* x, const float* z, const float* centre,
                      caffe_channel_view, int add, float* sums, float* products,
                      caffe_device_error*);
  int (*channel_statistics)(caffe_queue*, const float* x, caffe_channel_view, float* mean,
                            float* variance, caffe_device_error*);
  int (*prelu)(caffe_queue*, const float* x, const float* slopes, caffe_channel_view, float* y,
               caffe_device_error*);
  int (*prelu_backward)(caffe_queue*, const float* x, const float* slopes, const float* dy,
                        caffe_channel_view, float* dx, caffe_device_error*);
  int (*prelu_backward_slopes)(caffe_queue*, const float* x, const float* dy, caffe_channel_view,
                               float* dslopes, caffe_device_error*);
  int (*deviation)(caffe_queue*, const float* variance, const float* scale, float eps, int plus,
                   float* inverse, float* factor, int64_t channels, caffe_device_error*);
  int (*normaliser_backward)(caffe_queue*, const float* sums, const float* products,
                             const float* inverse, const float* scale, float count,
                             float* mean_gradient, float* factor, float* slope, float* dscale,
                             int64_t channels, caffe_device_error*);

  int (*normalise_places)(caffe_queue*, const float* x, const float* scale, int64_t scales,
                          float eps, caffe_channel_view, float* inverse, float* y,
                          caffe_device_error*);
  int (*normalise_places_backward)(caffe_queue*, const float* x, const float* dy,
                                   const float* scale, int64_t scales, const float* inverse,
                                   caffe_channel_view, float* dx, caffe_device_error*);
  int (*normalise_places_backward_scale)(caffe_queue*, const float* x, const float* dy,
                                         const float* inverse, caffe_channel_view, float* dscale,
                                         int64_t scales, caffe_device_error*);

  /* `index` may be NULL in what is forward. */
  int (*roi_pooling)(caffe_queue*, const float* x, const float* rois, caffe_roi_spec, float* y,
                     float* index, caffe_device_error*);
  int (*roi_pooling_backward)(caffe_queue*, const float* dy, const float* rois, const float* index,
                              caffe_roi_spec, float* dx, caffe_device_error*);
  int (*psroi_pooling)(caffe_queue*, const float* x, const float* rois, caffe_roi_spec, float* y,
                       caffe_device_error*);
  int (*psroi_pooling_backward)(caffe_queue*, const float* dy, const float* rois, caffe_roi_spec,
                                float* dx, caffe_device_error*);
  int (*unpooling)(caffe_queue*, const float* x, caffe_unpooling_spec, float* y,
                   caffe_device_error*);
  int (*unpooling_backward)(caffe_queue*, const float* dy, caffe_unpooling_spec, float* dx,
                            caffe_device_error*);
  int (*interp)(caffe_queue*, const float* x, caffe_interp_spec, float* y, caffe_device_error*);
  int (*interp_backward)(caffe_queue*, const float* dy, caffe_interp_spec, float* dx,
                         caffe_device_error*);
  /* Of the spec the space, and batch * bottom_channels planes. */
  int (*im2col)(caffe_queue*, const float* x, caffe_convolution_spec, float* y,
                caffe_device_error*);
  int (*col2im)(caffe_queue*, const float* dy, caffe_convolution_spec, float* dx,
                caffe_device_error*);

  int (*gather_rows)(caffe_queue*, const float* x, const float* index, int64_t rows, int64_t width,
                     float* y, caffe_device_error*);
  int (*add_rows)(caffe_queue*, const float* x, const float* index, int64_t rows, int64_t width,
                  float* y, caffe_device_error*);
  int (*scatter)(caffe_queue*, const float* x, const float* index, caffe_plane_indices, float* y,
                 caffe_device_error*);
  int (*gather)(caffe_queue*, const float* x, const float* index, caffe_plane_indices, float* y,
                caffe_device_error*);
  /* Either of index and value may be NULL. */
  int (*greatest)(caffe_queue*, const float* x, caffe_channel_view, int64_t top_k,
                  int last_of_equal, float* index, float* value, caffe_device_error*);

  int (*continue_rows)(caffe_queue*, const float* x, const float* cont, int64_t rows,
                       int64_t columns, float* y, caffe_device_error*);
  int (*lstm_step)(caffe_queue*, const float* cont, const float* before, int64_t items,
                   int64_t outputs, float* gates, float* cells, float* hidden, caffe_device_error*);
  int (*lstm_step_backward)(caffe_queue*, const float* gates, const float* before,
                            const float* cells, const float* hidden_diff, const float* cell_diff,
                            int64_t items, int64_t outputs, float* gate_diffs, float* before_diff,
                            caffe_device_error*);

  int (*reduce)(caffe_queue*, int reduction, const float* x, const float* z, int64_t rows,
                int64_t columns, double factor, float* y, caffe_device_error*);
  int (*strided_copy)(caffe_queue*, caffe_strides, int add, const float* x, float* y,
                      caffe_device_error*);
  int (*strided_sum)(caffe_queue*, caffe_strides, int add, const float* x, float* y,
                     caffe_device_error*);

  int (*softmax_loss)(caffe_queue*, const float* p, const float* labels, const float* weights,
                      caffe_channel_view, double divisor, float* each, float* loss,
                      caffe_device_error*);
  int (*softmax_loss_backward)(caffe_queue*, const float* p, const float* labels,
                               const float* weights, caffe_channel_view, float scale, float* dx,
                               caffe_device_error*);
  int (*sigmoid_cross_entropy)(caffe_queue*, const float* x, const float* targets, int ignores,
                               float ignored, double divisor, float* gradient, float* loss,
                               int64_t count, caffe_device_error*);
  int (*smooth_l1)(caffe_queue*, const float* a, const float* b, const float* inside,
                   const float* outside, float sigma, double divisor, float* gradient, float* loss,
                   int64_t count, caffe_device_error*);
  int (*accuracy)(caffe_queue*, const float* scores, const float* labels, caffe_channel_view,
                  int64_t top_k, int ranks_ties, float* right, caffe_device_error*);

  int (*contrastive_loss)(caffe_queue*, const float* squares, const float* similar, float margin,
                          int legacy, double divisor, float* slopes, float* loss, int64_t items,
                          caffe_device_error*);
  /* The view's `inner` is 1. */
  int (*hinge_loss)(caffe_queue*, const float* x, const float* labels, caffe_channel_view,
                    int squared, double divisor, float* margins, float* loss, caffe_device_error*);
  /* The gains are the identity when they are NULL. */
  int (*infogain_loss)(caffe_queue*, const float* p, const float* labels, const float* gains,
                       caffe_channel_view, double divisor, float* loss, caffe_device_error*);
  int (*infogain_loss_backward)(caffe_queue*, const float* p, const float* labels,
                                const float* gains, caffe_channel_view, float scale, float* dx,
                                caffe_device_error*);
  int (*multinomial_logistic_backward)(caffe_queue*, const float* p, const float* labels,
                                       caffe_channel_view, float scale, float* dp,
                                       caffe_device_error*);

  int (*update)(caffe_queue*, caffe_updates, caffe_device_error*);
} caffe_kernel_table;

#ifdef __cplusplus
}
#endif

#endif
