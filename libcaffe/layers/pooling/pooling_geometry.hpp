// The windows of poolings, read from the several ways to say them: kernel, stride and pad along the
// two spatial axes.
#pragma once

#include "kernels/kernels.hpp"
#include "schema/messages.hpp"

namespace caffe {

struct HeightWidth {
  int64_t h = 0, w = 0;
};

struct PoolingGeometry {
  HeightWidth kernel, stride{1, 1}, pad;
  bool ceil = true;  // windows that reach behind the image count, too

  // N x C x H x W of the windows over an image of `bottom`: with padding, a last window that would
  // begin behind the image and its lower padding is dropped. Fails when the kernel does not fit in.
  Shape pooled(const Shape& bottom) const;
  // What the kernels want to know, but for the method.
  PoolingSpec spec(const Shape& bottom) const;
};

// How many windows of `kernel` places lie along an axis of `size`; `padded`: a last one that would
// begin behind the image and its lower padding is dropped. Fails when the kernel does not fit in.
int64_t pooled_extent(int64_t size, int64_t kernel, int64_t stride, int64_t pad, bool padded,
                      bool ceil);

// Whether sizes are rounded up: round_mode, and what forks call it (ceil_mode, torch_pooling,
// round_below). Fails when they contradict each other.
bool rounds_up(const PoolingParameter& param);

// kernel_size, stride and pad, or each as _h and _w; round_mode or its other names. Fails on
// contradictions and on zeros. With global_pooling and bins the kernel waits for the bottom.
PoolingGeometry read_geometry(const PoolingParameter& param);

// Windows that cut an image of size.h x size.w into bins.h x bins.w parts, side by side: each as
// long as the parts must be, rounded up; half of the excess is padding in front of the image,
// `round_up` says which half when it is odd. Fails when a window would lie in the padding.
PoolingGeometry bins_geometry(HeightWidth size, HeightWidth bins, bool round_up);

// What each of `size`, `size`_h and `size`_w given in `message` say: one of them, or both of the
// others. `value` is the default when none is given.
HeightWidth read_height_width(const char* message, const char* name, bool has, int64_t value,
                              bool has_h, int64_t h, bool has_w, int64_t w);

}  // namespace caffe
