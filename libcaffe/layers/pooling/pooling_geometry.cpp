#include "layers/pooling/pooling_geometry.hpp"

#include "core/checked.hpp"
#include "core/divide_up.hpp"

namespace caffe {

namespace {

// What takes its kernel from the bottom: "global_pooling", "bin_size"; nullptr when nothing does.
const char* kernel_from_bottom(const PoolingParameter& param) {
  if (param.global_pooling) return "global_pooling";
  return param.has_bin_size() || param.has_bin_h() || param.has_bin_w() ? "bin_size" : nullptr;
}

}  // namespace

bool rounds_up(const PoolingParameter& param) {
  struct Word {
    bool given, floor;
    std::string text;
  };
  const auto truth = [](bool value) { return value ? "true" : "false"; };
  const bool floor = param.round_mode == PoolingParameter::FLOOR;
  const Word words[] = {
      {param.has_round_mode(), floor, str("round_mode: ", floor ? "FLOOR" : "CEIL")},
      {param.has_ceil_mode(), !param.ceil_mode, str("ceil_mode: ", truth(param.ceil_mode))},
      {param.has_torch_pooling(), param.torch_pooling,
       str("torch_pooling: ", truth(param.torch_pooling))},
      {param.has_round_below(), param.round_below, str("round_below: ", truth(param.round_below))}};
  const Word* first = nullptr;
  for (const Word& word : words) {
    if (!word.given) continue;
    if (first == nullptr) first = &word;
    if (word.floor == first->floor) continue;
    fail(Status::kInvalidArgument, "pooling_param: ", first->text, " and ", word.text,
         " contradict each other");
  }
  return first == nullptr || !first->floor;
}

int64_t pooled_extent(int64_t size, int64_t kernel, int64_t stride, int64_t pad, bool padded,
                      bool ceil) {
  const int64_t room = size + 2 * pad - kernel;
  // Division rounds towards zero, which is up for negative numbers.
  const int64_t down = room >= 0 ? room / stride : -divide_up(-room, stride);
  int64_t count = (ceil && room != down * stride ? down + 1 : down) + 1;
  if (padded && (count - 1) * stride >= size + pad) --count;
  if (count <= 0) {
    fail(Status::kShape, "the kernel is too large: it reaches over ", kernel, " places, there are ",
         size + 2 * pad, " (size ", size, ", pad ", pad, ")");
  }
  return count;
}

Shape PoolingGeometry::pooled(const Shape& bottom) const {
  const bool padded = pad.h > 0 || pad.w > 0;
  return {bottom[0], bottom[1], pooled_extent(bottom[2], kernel.h, stride.h, pad.h, padded, ceil),
          pooled_extent(bottom[3], kernel.w, stride.w, pad.w, padded, ceil)};
}

PoolingSpec PoolingGeometry::spec(const Shape& bottom) const {
  PoolingSpec spec;
  spec.bottom = bottom;
  spec.top = pooled(bottom);
  spec.kernel_h = kernel.h;
  spec.kernel_w = kernel.w;
  spec.stride_h = stride.h;
  spec.stride_w = stride.w;
  spec.pad_h = pad.h;
  spec.pad_w = pad.w;
  return spec;
}

HeightWidth read_height_width(const char* message, const char* name, bool has, int64_t value,
                              bool has_h, int64_t h, bool has_w, int64_t w) {
  if (has_h != has_w || (has && has_h)) {
    // kernel_size has kernel_h and kernel_w.
    const std::string side = std::string(name).substr(0, std::string(name).find("_size"));
    fail(Status::kInvalidArgument, message, " must give either ", name, " or both ", side,
         "_h and ", side, "_w");
  }
  return has_h ? HeightWidth{h, w} : HeightWidth{value, value};
}

PoolingGeometry read_geometry(const PoolingParameter& param) {
  if (param.has_kernel_shape() || param.has_stride_shape() || param.has_pad_shape()) {
    fail(Status::kInvalidArgument, "pooling_param: kernel_shape, stride_shape and pad_shape are ",
         "NdPooling's; kernel_size, stride and pad are wanted here");
  }
  PoolingGeometry geometry;
  geometry.ceil = rounds_up(param);
  const char* from_bottom = kernel_from_bottom(param);
  const bool has_kernel = param.has_kernel_size() || param.has_kernel_h() || param.has_kernel_w();
  if (from_bottom != nullptr && has_kernel) {
    fail(Status::kInvalidArgument, "pooling_param.", from_bottom,
         " takes the kernel from the bottom's size; no kernel may be given");
  }
  geometry.stride =
      read_height_width("pooling_param", "stride", param.has_stride(), param.stride,
                        param.has_stride_h(), param.stride_h, param.has_stride_w(), param.stride_w);
  geometry.pad = read_height_width("pooling_param", "pad", param.has_pad(), param.pad,
                                   param.has_pad_h(), param.pad_h, param.has_pad_w(), param.pad_w);
  const HeightWidth& stride = geometry.stride;
  if (stride.h == 0 || stride.w == 0) {
    fail(Status::kInvalidArgument, "pooling_param: the stride must be at least 1, not ", stride.h,
         " x ", stride.w);
  }
  const bool padded = geometry.pad.h > 0 || geometry.pad.w > 0;
  if (from_bottom != nullptr && (padded || stride.h != 1 || stride.w != 1)) {
    fail(Status::kInvalidArgument, "pooling_param.", from_bottom,
         " goes with stride 1 and pad 0 only");
  }
  if (padded && param.pool == PoolingParameter::STOCHASTIC) {
    fail(Status::kInvalidArgument, "pooling_param: STOCHASTIC pooling takes no pad");
  }
  if (from_bottom != nullptr) return geometry;
  if (!has_kernel) {
    fail(Status::kInvalidArgument,
         "pooling_param must give either kernel_size or both kernel_h and kernel_w");
  }
  geometry.kernel =
      read_height_width("pooling_param", "kernel_size", param.has_kernel_size(), param.kernel_size,
                        param.has_kernel_h(), param.kernel_h, param.has_kernel_w(), param.kernel_w);
  const HeightWidth& kernel = geometry.kernel;
  if (kernel.h == 0 || kernel.w == 0) {
    fail(Status::kInvalidArgument, "pooling_param: the kernel must be at least 1 x 1, not ",
         kernel.h, " x ", kernel.w);
  }
  const HeightWidth& pad = geometry.pad;
  if (padded && (pad.h >= kernel.h || pad.w >= kernel.w)) {
    fail(Status::kInvalidArgument, "pooling_param: the pad (", pad.h, " x ", pad.w,
         ") must be less than the kernel (", kernel.h, " x ", kernel.w, ")");
  }
  return geometry;
}

PoolingGeometry bins_geometry(HeightWidth size, HeightWidth bins, bool round_up) {
  const auto axis = [&](int64_t extent, int64_t parts, int64_t& kernel, int64_t& pad) {
    kernel = divide_up(extent, parts);
    pad = (checked_mul(kernel, parts) - extent + (round_up ? 1 : 0)) / 2;
    if (pad >= kernel) fail(Status::kShape, extent, " are too few for ", parts, " bins");
  };
  PoolingGeometry geometry;
  axis(size.h, bins.h, geometry.kernel.h, geometry.pad.h);
  axis(size.w, bins.w, geometry.kernel.w, geometry.pad.w);
  geometry.stride = geometry.kernel;
  return geometry;
}

}  // namespace caffe
