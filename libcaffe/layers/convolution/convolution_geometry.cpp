#include "layers/convolution/convolution_geometry.hpp"

#include <string>

#include "core/checked.hpp"
#include "layers/convolution/shape_numbers.hpp"

namespace caffe {

namespace {

// One of the quantities, as it was written.
struct Given {
  std::string name;  // "kernel_size"
  std::vector<int64_t> list;
  bool has_h, has_w;
  uint32_t h, w;

  // "kernel", of kernel_size, kernel_h and kernel_shape.
  std::string side() const {
    const size_t end = name.rfind('_');
    return end == std::string::npos || name == "filter_stride" ? name : name.substr(0, end);
  }
};

std::vector<int64_t> per_axis(const Given& given, int axes, int64_t default_value, int64_t least) {
  const std::string& name = given.name;
  const std::string side = given.side();
  std::vector<int64_t> values;
  if (given.has_h || given.has_w) {
    if (axes != 2) {
      fail(Status::kInvalidArgument, "convolution_param.", side, "_h and ", side,
           "_w are for 2 spatial axes, here are ", axes);
    }
    if (!given.list.empty()) {
      fail(Status::kInvalidArgument, "convolution_param gives both ", name, " and ", side, "_h or ",
           side, "_w; one of them is wanted");
    }
    values = {given.h, given.w};
  } else if (given.list.size() == 1 || (given.list.empty() && default_value >= 0)) {
    const int64_t value = given.list.empty() ? default_value : given.list[0];
    values.assign(static_cast<size_t>(axes), value);
  } else if (static_cast<int>(given.list.size()) == axes) {
    values.assign(given.list.begin(), given.list.end());
  } else {
    fail(Status::kInvalidArgument, "convolution_param.", name, " is given ", given.list.size(),
         name.ends_with("_shape") ? " numbers" : " times",
         "; it is wanted once, or once for each of the ", axes, " spatial axes");
  }
  for (int64_t value : values) {
    if (value < least) {
      fail(Status::kInvalidArgument, "convolution_param: the ", side, " must be at least ", least,
           " along every spatial axis, not ", value,
           given.has_h != given.has_w ? str(" (only one of ", side, "_h and ", side, "_w is given)")
                                      : "");
    }
  }
  return values;
}

// dilation, hole and filter_stride mean the same; at most one of them may be given.
Given given_dilation(const ConvolutionParameter& param) {
  const bool hole = param.has_hole() || param.has_hole_h() || param.has_hole_w();
  const bool filter_stride =
      param.has_filter_stride() || param.has_filter_stride_h() || param.has_filter_stride_w();
  if (int{!param.dilation.empty()} + int{hole} + int{filter_stride} > 1) {
    fail(Status::kInvalidArgument,
         "convolution_param gives more than one of dilation, hole and filter_stride, which mean "
         "the same");
  }
  if (hole) {
    std::vector<int64_t> list;
    if (param.has_hole()) list = {param.hole};
    return {"hole", list, param.has_hole_h(), param.has_hole_w(), param.hole_h, param.hole_w};
  }
  if (filter_stride) {
    std::vector<int64_t> list;
    if (param.has_filter_stride()) list = {param.filter_stride};
    return {"filter_stride",
            list,
            param.has_filter_stride_h(),
            param.has_filter_stride_w(),
            param.filter_stride_h,
            param.filter_stride_w};
  }
  return {"dilation", {param.dilation.begin(), param.dilation.end()}, false, false, 0, 0};
}

// `given`, or what the blob shape that NdConvolution gives instead says.
Given or_shape(Given given, bool has_shape, const BlobShape& shape) {
  if (!has_shape) return given;
  const std::string side = given.side();
  if (!given.list.empty() || given.has_h || given.has_w) {
    fail(Status::kInvalidArgument, "convolution_param gives both ",
         given.list.empty() ? str(side, "_h or ", side, "_w") : given.name, " and ", side,
         "_shape, which mean the same; one of them is wanted");
  }
  given.name = side + "_shape";
  given.list = shape_numbers("convolution_param." + given.name, shape);
  return given;
}

}  // namespace

int64_t ConvolutionGeometry::extent(size_t axis) const {
  return checked_add(checked_mul(dilation[axis], kernel[axis] - 1), 1);
}

std::vector<int64_t> ConvolutionGeometry::convolved(const std::vector<int64_t>& space) const {
  std::vector<int64_t> sizes;
  for (size_t i = 0; i < space.size(); ++i) {
    const int64_t padded = checked_add(space[i], 2 * pad[i]);
    if (extent(i) > padded) {
      fail(Status::kShape, "the kernel is too large: along spatial axis ", i, " it reaches over ",
           extent(i), " places (kernel ", kernel[i], ", dilation ", dilation[i], "), there are ",
           padded, " (size ", space[i], ", pad ", pad[i], ")");
    }
    sizes.push_back((padded - extent(i)) / stride[i] + 1);
  }
  return sizes;
}

std::vector<int64_t> ConvolutionGeometry::deconvolved(const std::vector<int64_t>& space) const {
  std::vector<int64_t> sizes;
  for (size_t i = 0; i < space.size(); ++i) {
    const int64_t whole = checked_add(checked_mul(stride[i], space[i] - 1), extent(i));
    if (whole <= 2 * pad[i]) {
      fail(Status::kShape, "nothing is left of it along spatial axis ", i,
           ": the windows reach over ", whole, " places (size ", space[i], ", stride ", stride[i],
           ", kernel ", kernel[i], ", dilation ", dilation[i], "), pad takes off ", 2 * pad[i]);
    }
    sizes.push_back(whole - 2 * pad[i]);
  }
  return sizes;
}

ConvolutionGeometry read_geometry(const ConvolutionParameter& param, int spatial_axes) {
  ConvolutionGeometry geometry;
  const auto numbers = [](const std::vector<uint32_t>& list) {
    return std::vector<int64_t>(list.begin(), list.end());
  };
  geometry.kernel =
      per_axis(or_shape({"kernel_size", numbers(param.kernel_size), param.has_kernel_h(),
                         param.has_kernel_w(), param.kernel_h, param.kernel_w},
                        param.has_kernel_shape(), *param.kernel_shape),
               spatial_axes, -1, 1);
  geometry.stride = per_axis(or_shape({"stride", numbers(param.stride), param.has_stride_h(),
                                       param.has_stride_w(), param.stride_h, param.stride_w},
                                      param.has_stride_shape(), *param.stride_shape),
                             spatial_axes, 1, 1);
  geometry.pad = per_axis(or_shape({"pad", numbers(param.pad), param.has_pad_h(), param.has_pad_w(),
                                    param.pad_h, param.pad_w},
                                   param.has_pad_shape(), *param.pad_shape),
                          spatial_axes, 0, 0);
  geometry.dilation = per_axis(given_dilation(param), spatial_axes, 1, 1);
  return geometry;
}

CoordinateMap convolution_coordinates(const ConvolutionParameter& param) {
  const ConvolutionGeometry geometry = read_geometry(param, 2);
  return window_coordinates({geometry.extent(0), geometry.extent(1)},
                            {geometry.stride[0], geometry.stride[1]},
                            {geometry.pad[0], geometry.pad[1]});
}

}  // namespace caffe
