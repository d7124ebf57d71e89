// The values under each place of a convolution's kernel, and their sums.
#include <algorithm>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

// The walk over a plane, seen from a place of the kernel.
class Columns {
 public:
  explicit Columns(const caffe_convolution_spec& spec) : spec_(spec) {
    for (int32_t i = 0; i < spec.space; ++i) {
      places_ *= spec.kernel[i];
      from_ *= spec.bottom[i];
      to_ *= spec.top[i];
    }
  }

  int64_t planes() const { return spec_.batch * spec_.bottom_channels; }
  int64_t places() const { return places_; }  // of the kernel
  int64_t from() const { return from_; }      // values of a plane of the bottom, of the top
  int64_t to() const { return to_; }
  int64_t last_stride() const { return spec_.space == 0 ? 1 : spec_.stride[spec_.space - 1]; }

  // body(where in the top, where in the bottom, length) for each run of a row of the top that lies
  // over the bottom at kernel place `place`.
  template <class Body>
  void walk(int64_t place, const Body& body) const {
    walk(place, 0, 0, 0, body);
  }

 private:
  // The same from an axis on, with what lies before it.
  template <class Body>
  void walk(int64_t place, int32_t axis, int64_t top_at, int64_t bottom_at,
            const Body& body) const {
    if (spec_.space == 0) return body(0, 0, 1);
    int64_t behind = 1;  // the kernel's places behind this axis
    for (int32_t i = axis + 1; i < spec_.space; ++i) behind *= spec_.kernel[i];
    const int64_t stride = spec_.stride[axis];
    const int64_t start =
        place / behind % spec_.kernel[axis] * spec_.dilation[axis] - spec_.pad[axis];
    // The places of the top whose value lies in the bottom.
    const int64_t first = start >= 0 ? 0 : divide_up(-start, stride);
    const int64_t room = spec_.bottom[axis] - start;
    const int64_t end = std::min(spec_.top[axis], room <= 0 ? 0 : divide_up(room, stride));
    if (first >= end) return;
    top_at = top_at * spec_.top[axis] + first;
    bottom_at = bottom_at * spec_.bottom[axis] + start + first * stride;
    if (axis + 1 == spec_.space) return body(top_at, bottom_at, end - first);
    for (int64_t i = first; i < end; ++i) {
      walk(place, axis + 1, top_at++, bottom_at, body);
      bottom_at += stride;
    }
  }

  const caffe_convolution_spec& spec_;
  int64_t places_ = 1, from_ = 1, to_ = 1;
};

}  // namespace

void im2col(const float* x, caffe_convolution_spec spec, float* y) {
  const Columns columns(spec);
  const int64_t places = columns.places(), step = columns.last_stride();
  parallel_for(columns.planes() * places, grain_of(columns.to()), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* column = y + i * columns.to();
      std::fill_n(column, columns.to(), 0.0f);
      const float* plane = x + i / places * columns.from();
      columns.walk(i % places, [&](int64_t top_at, int64_t bottom_at, int64_t length) {
        for (int64_t k = 0; k < length; ++k) column[top_at + k] = plane[bottom_at + k * step];
      });
    }
  });
}

void col2im(const float* dy, caffe_convolution_spec spec, float* dx) {
  const Columns columns(spec);
  const int64_t places = columns.places(), step = columns.last_stride();
  parallel_for(columns.planes(), grain_of(columns.to() * places), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* plane = dx + i * columns.from();
      std::fill_n(plane, columns.from(), 0.0f);
      for (int64_t place = 0; place < places; ++place) {
        const float* column = dy + (i * places + place) * columns.to();
        columns.walk(place, [&](int64_t top_at, int64_t bottom_at, int64_t length) {
          for (int64_t k = 0; k < length; ++k) plane[bottom_at + k * step] += column[top_at + k];
        });
      }
    }
  });
}

}  // namespace caffe::reference
