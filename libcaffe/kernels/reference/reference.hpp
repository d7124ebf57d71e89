// The reference's functions: the specification of the vocabulary in plain loops over raw pointers,
// done when they return. What they mean is said in kernels.hpp, what their arguments are in
// table.h. Rows and channels are shared out to threads where that changes no sum.
#pragma once

#include <cstdint>

#include "kernels/table.h"

// What a prepared operation keeps.
struct caffe_operation {
  virtual ~caffe_operation() = default;
};

namespace caffe::reference {

caffe_operation* convolution(caffe_convolution_spec spec);
caffe_operation* inner_product(caffe_inner_product_spec spec);
caffe_operation* pooling(caffe_pooling_spec spec);
inline void operation_destroy(caffe_operation* operation) {
  delete operation;
}

void convolution_forward(caffe_operation* operation, const float* x, const float* w, const float* b,
                         const float* addend, const float* slopes, float* y);
void convolution_backward_data(caffe_operation* operation, const float* dy, const float* w,
                               float* dx);
void convolution_backward_weights(caffe_operation* operation, const float* x, const float* dy,
                                  float* dw, float* db);
void inner_product_forward(caffe_operation* operation, const float* x, const void* w,
                           const float* b, float* y);
void inner_product_backward_data(caffe_operation* operation, const float* dy, const float* w,
                                 float* dx);
void inner_product_backward_weights(caffe_operation* operation, const float* x, const float* dy,
                                    float* dw, float* db);
void pooling_forward(caffe_operation* operation, const float* x, float* y, float* mask);
void pooling_backward(caffe_operation* operation, const float* dy, float* dx);

void gemm(int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
          const float* a, const float* b, float beta, float* c);

void relu(const float* x, float negative_slope, float* y, int64_t count);
void relu_backward(const float* x, const float* dy, float negative_slope, float* dx, int64_t count);
void map(caffe_function function, const float* x, float* y, int64_t count);
void map_backward(caffe_function function, const float* x, const float* y, const float* dy,
                  float* dx, int64_t count);
void negative_power(float shift, float scale, float exponent, const float* x, float* y,
                    int64_t count);

void fill(float value, float* y, int64_t count);
void copy(const float* x, float* y, int64_t count);
void axpby(float a, const float* x, float b, float* y, int64_t count);
void scale(float a, float* y, int64_t count);
void multiply(const float* a, const float* b, float* y, int64_t count);
void divide(const float* a, const float* b, float* y, int64_t count);
void divide_by(const float* x, const float* divisor, float* y, int64_t count);
void weighted_sum(caffe_operands x, float* y, int64_t count);
void maximum(caffe_operands x, int32_t first, float* y, float* index, int64_t count);
void select(const float* index, float wanted, const float* dy, float* dx, int64_t count);
void dropout_mask(caffe_random random, float ratio, float scale, int64_t images, int64_t channels,
                  int64_t space, int channels_last, float* mask);

void softmax(const float* x, caffe_channel_view view, float* y);
void softmax_backward(const float* y, const float* dy, caffe_channel_view view, float* dx);
void lrn(const float* x, caffe_lrn_spec spec, float* y);
void lrn_backward(const float* x, const float* dy, caffe_lrn_spec spec, float* dx);

void lrn_within_ratios(const float* x, const float* dy, const float* means, const float* powers,
                       float alpha, float* ratios, int64_t count);
void lrn_within_backward(const float* x, const float* dy, const float* powers, const float* around,
                         float factor, float* dx, int64_t count);

void channel_map(const float* x, caffe_channel_map map, caffe_channel_view view, float* y);
void channel_blend(const float* x, caffe_channel_map map, const float* z, caffe_channel_map map_z,
                   caffe_channel_view view, float* y);
void channel_sums(const float* x, const float* z, const float* centre, caffe_channel_view view,
                  int add, float* sums, float* products);
void channel_statistics(const float* x, caffe_channel_view view, float* mean, float* variance);
void prelu(const float* x, const float* slopes, caffe_channel_view view, float* y);
void prelu_backward(const float* x, const float* slopes, const float* dy, caffe_channel_view view,
                    float* dx);
void prelu_backward_slopes(const float* x, const float* dy, caffe_channel_view view,
                           float* dslopes);
void deviation(const float* variance, const float* scale, float eps, int plus, float* inverse,
               float* factor, int64_t channels);
void normaliser_backward(const float* sums, const float* products, const float* inverse,
                         const float* scale, float count, float* mean_gradient, float* factor,
                         float* slope, float* dscale, int64_t channels);

void normalise_places(const float* x, const float* scale, int64_t scales, float eps,
                      caffe_channel_view view, float* inverse, float* y);
void normalise_places_backward(const float* x, const float* dy, const float* scale, int64_t scales,
                               const float* inverse, caffe_channel_view view, float* dx);
void normalise_places_backward_scale(const float* x, const float* dy, const float* inverse,
                                     caffe_channel_view view, float* dscale, int64_t scales);

void roi_pooling(const float* x, const float* rois, caffe_roi_spec spec, float* y, float* index);
void roi_pooling_backward(const float* dy, const float* rois, const float* index,
                          caffe_roi_spec spec, float* dx);
void psroi_pooling(const float* x, const float* rois, caffe_roi_spec spec, float* y);
void psroi_pooling_backward(const float* dy, const float* rois, caffe_roi_spec spec, float* dx);
void unpooling(const float* x, caffe_unpooling_spec spec, float* y);
void unpooling_backward(const float* dy, caffe_unpooling_spec spec, float* dx);
void interp(const float* x, caffe_interp_spec spec, float* y);
void interp_backward(const float* dy, caffe_interp_spec spec, float* dx);
void im2col(const float* x, caffe_convolution_spec spec, float* y);
void col2im(const float* dy, caffe_convolution_spec spec, float* dx);

void gather_rows(const float* x, const float* index, int64_t rows, int64_t width, float* y);
void add_rows(const float* x, const float* index, int64_t rows, int64_t width, float* y);
void scatter(const float* x, const float* index, caffe_plane_indices spec, float* y);
void gather(const float* x, const float* index, caffe_plane_indices spec, float* y);
void greatest(const float* x, caffe_channel_view view, int64_t top_k, int last_of_equal,
              float* index, float* value);

void continue_rows(const float* x, const float* cont, int64_t rows, int64_t columns, float* y);
void lstm_step(const float* cont, const float* before, int64_t items, int64_t outputs, float* gates,
               float* cells, float* hidden);
void lstm_step_backward(const float* gates, const float* before, const float* cells,
                        const float* hidden_diff, const float* cell_diff, int64_t items,
                        int64_t outputs, float* gate_diffs, float* before_diff);

void reduce(int reduction, const float* x, const float* z, int64_t rows, int64_t columns,
            double factor, float* y);
// The reduction of all values, as it is before it is rounded.
double total(int reduction, const float* x, const float* z, int64_t count);
void strided_copy(caffe_strides strides, int add, const float* x, float* y);
void strided_sum(caffe_strides strides, int add, const float* x, float* y);

void softmax_loss(const float* p, const float* labels, const float* weights,
                  caffe_channel_view view, double divisor, float* each, float* loss);
void softmax_loss_backward(const float* p, const float* labels, const float* weights,
                           caffe_channel_view view, float scale, float* dx);
void sigmoid_cross_entropy(const float* x, const float* targets, int ignores, float ignored,
                           double divisor, float* gradient, float* loss, int64_t count);
void smooth_l1(const float* a, const float* b, const float* inside, const float* outside,
               float sigma, double divisor, float* gradient, float* loss, int64_t count);
void accuracy(const float* scores, const float* labels, caffe_channel_view view, int64_t top_k,
              int ranks_ties, float* right);

void contrastive_loss(const float* squares, const float* similar, float margin, int legacy,
                      double divisor, float* slopes, float* loss, int64_t items);
void hinge_loss(const float* x, const float* labels, caffe_channel_view view, int squared,
                double divisor, float* margins, float* loss);
void infogain_loss(const float* p, const float* labels, const float* gains, caffe_channel_view view,
                   double divisor, float* loss);
void infogain_loss_backward(const float* p, const float* labels, const float* gains,
                            caffe_channel_view view, float scale, float* dx);
void multinomial_logistic_backward(const float* p, const float* labels, caffe_channel_view view,
                                   float scale, float* dp);

void update(caffe_updates updates);

}  // namespace caffe::reference
