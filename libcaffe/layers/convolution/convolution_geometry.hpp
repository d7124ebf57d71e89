// The windows of convolutions: kernel, stride, pad and dilation along each spatial axis, read from
// the several ways a convolution_param can say them.
#pragma once

#include <vector>

#include "core/shape.hpp"
#include "layers/base/coordinate_map.hpp"
#include "schema/messages.hpp"

namespace caffe {

struct ConvolutionGeometry {
  std::vector<int64_t> kernel, stride, pad, dilation;  // one a spatial axis

  // How far the kernel reaches along an axis.
  int64_t extent(size_t axis) const;
  // The extents of what a convolution makes of `space`; fails when the kernel does not fit in.
  std::vector<int64_t> convolved(const std::vector<int64_t>& space) const;
  // The extents of what a convolution makes `space` of; fails when nothing is left of them.
  std::vector<int64_t> deconvolved(const std::vector<int64_t>& space) const;
};

// Each of kernel_size, stride, pad and dilation is given once or once a spatial axis; kernel_h and
// kernel_w (and so for stride and pad) say it for two. Fails on contradictions and on zeros.
//
// hole (DeepLab) and filter_stride (ParseNet) are dilation under other names; kernel_shape,
// stride_shape and pad_shape (video-caffe) those of kernel_size, stride and pad.
ConvolutionGeometry read_geometry(const ConvolutionParameter& param, int spatial_axes);

// Of the layer's two spatial axes, from the top to the bottom of a convolution.
CoordinateMap convolution_coordinates(const ConvolutionParameter& param);

}  // namespace caffe
