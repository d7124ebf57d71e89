// A backend's table made of the reference's functions: at(function) says how each is called. The
// host's calls them at once; a device that a test emulates does it when its queue comes to it.
#pragma once

#include "kernels/reference/reference.hpp"

namespace caffe::reference {

// `Now` and `Later` have for each function f(arguments...) a static call(queue, arguments...,
// error).
template <template <auto> class Now, template <auto> class Later>
constexpr caffe_kernel_table table_of() {
  caffe_kernel_table table = {};
  table.size = sizeof table;
  table.convolution = Now<convolution>::call;
  table.inner_product = Now<inner_product>::call;
  table.pooling = Now<pooling>::call;
#define CAFFE_ENTRY(name) table.name = Later<name>::call
  CAFFE_ENTRY(operation_destroy);
  CAFFE_ENTRY(convolution_forward);
  CAFFE_ENTRY(convolution_backward_data);
  CAFFE_ENTRY(convolution_backward_weights);
  CAFFE_ENTRY(inner_product_forward);
  CAFFE_ENTRY(inner_product_backward_data);
  CAFFE_ENTRY(inner_product_backward_weights);
  CAFFE_ENTRY(pooling_forward);
  CAFFE_ENTRY(pooling_backward);
  CAFFE_ENTRY(gemm);
  CAFFE_ENTRY(relu);
  CAFFE_ENTRY(relu_backward);
  CAFFE_ENTRY(map);
  CAFFE_ENTRY(map_backward);
  CAFFE_ENTRY(negative_power);
  CAFFE_ENTRY(fill);
  CAFFE_ENTRY(copy);
  CAFFE_ENTRY(axpby);
  CAFFE_ENTRY(scale);
  CAFFE_ENTRY(multiply);
  CAFFE_ENTRY(divide);
  CAFFE_ENTRY(divide_by);
  CAFFE_ENTRY(weighted_sum);
  CAFFE_ENTRY(maximum);
  CAFFE_ENTRY(select);
  CAFFE_ENTRY(dropout_mask);
  CAFFE_ENTRY(softmax);
  CAFFE_ENTRY(softmax_backward);
  CAFFE_ENTRY(lrn);
  CAFFE_ENTRY(lrn_backward);
  CAFFE_ENTRY(lrn_within_ratios);
  CAFFE_ENTRY(lrn_within_backward);
  CAFFE_ENTRY(channel_map);
  CAFFE_ENTRY(channel_blend);
  CAFFE_ENTRY(channel_sums);
  CAFFE_ENTRY(channel_statistics);
  CAFFE_ENTRY(prelu);
  CAFFE_ENTRY(prelu_backward);
  CAFFE_ENTRY(prelu_backward_slopes);
  CAFFE_ENTRY(deviation);
  CAFFE_ENTRY(normaliser_backward);
  CAFFE_ENTRY(normalise_places);
  CAFFE_ENTRY(normalise_places_backward);
  CAFFE_ENTRY(normalise_places_backward_scale);
  CAFFE_ENTRY(roi_pooling);
  CAFFE_ENTRY(roi_pooling_backward);
  CAFFE_ENTRY(psroi_pooling);
  CAFFE_ENTRY(psroi_pooling_backward);
  CAFFE_ENTRY(unpooling);
  CAFFE_ENTRY(unpooling_backward);
  CAFFE_ENTRY(interp);
  CAFFE_ENTRY(interp_backward);
  CAFFE_ENTRY(im2col);
  CAFFE_ENTRY(col2im);
  CAFFE_ENTRY(gather_rows);
  CAFFE_ENTRY(add_rows);
  CAFFE_ENTRY(scatter);
  CAFFE_ENTRY(gather);
  CAFFE_ENTRY(greatest);
  CAFFE_ENTRY(continue_rows);
  CAFFE_ENTRY(lstm_step);
  CAFFE_ENTRY(lstm_step_backward);
  CAFFE_ENTRY(reduce);
  CAFFE_ENTRY(strided_copy);
  CAFFE_ENTRY(strided_sum);
  CAFFE_ENTRY(softmax_loss);
  CAFFE_ENTRY(softmax_loss_backward);
  CAFFE_ENTRY(sigmoid_cross_entropy);
  CAFFE_ENTRY(smooth_l1);
  CAFFE_ENTRY(accuracy);
  CAFFE_ENTRY(contrastive_loss);
  CAFFE_ENTRY(hinge_loss);
  CAFFE_ENTRY(infogain_loss);
  CAFFE_ENTRY(infogain_loss_backward);
  CAFFE_ENTRY(multinomial_logistic_backward);
  CAFFE_ENTRY(update);
#undef CAFFE_ENTRY
  return table;
}

// Called at once, on the host.
template <auto Function>
struct Now;

template <class... Arguments, void (*Function)(Arguments...)>
struct Now<Function> {
  static int call(caffe_queue*, Arguments... arguments, caffe_device_error*) {
    Function(arguments...);
    return CAFFE_DEVICE_OK;
  }
};

// What makes an operation.
template <class Spec, caffe_operation* (*Function)(Spec)>
struct Now<Function> {
  static int call(caffe_queue*, Spec spec, caffe_operation** out, caffe_device_error*) {
    *out = Function(spec);
    return CAFFE_DEVICE_OK;
  }
};

}  // namespace caffe::reference
