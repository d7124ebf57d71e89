// Convolution with any number of spatial axes (none included), as the sum it is:
//   y[n, m, o] = b[m] + sum over c of m's group and kernel places k of
//                w[m, c, k] * x[n, c, o * stride - pad + k * dilation]
// where places outside of x count as zeros.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/functors.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

// One place of the kernel that lies over a value of the bottom: offsets within the channel's plane.
struct Tap {
  int64_t kernel, bottom;
};

int64_t product(const int64_t* extents, int32_t count) {
  int64_t product = 1;
  for (int32_t i = 0; i < count; ++i) product *= extents[i];
  return product;
}

class Convolution final : public caffe_operation {
 public:
  explicit Convolution(const caffe_convolution_spec& spec) : spec_(spec) {}

  void forward(const float* in, const float* weights, const float* bias, const float* addend,
               const float* slopes, float* out) const {
    for_each_position([&](int64_t position, const std::vector<Tap>& taps) {
      for_each_pair([&](int64_t m, int64_t bottom, int64_t top) {
        double sum = bias != nullptr ? bias[m] : 0;
        if (addend != nullptr) sum += addend[top + position];
        for (int64_t c = 0; c < group_channels(); ++c) {
          const float* plane = in + bottom + c * bottom_plane();
          const float* kernel = weights + (m * group_channels() + c) * kernel_plane();
          for (const Tap& tap : taps) {
            sum += static_cast<double>(plane[tap.bottom]) * kernel[tap.kernel];
          }
        }
        out[joint(top) + position] = activated(static_cast<float>(sum), slopes, m);
      });
    });
  }

  void backward_data(const float* gradient, const float* weights, float* out) const {
    std::vector<double> sums(
        static_cast<size_t>(spec_.batch * spec_.bottom_channels * bottom_plane()));
    for_each_position([&](int64_t position, const std::vector<Tap>& taps) {
      for_each_pair([&](int64_t m, int64_t bottom, int64_t top) {
        for (int64_t c = 0; c < group_channels(); ++c) {
          double* plane = sums.data() + bottom + c * bottom_plane();
          const float* kernel = weights + (m * group_channels() + c) * kernel_plane();
          for (const Tap& tap : taps) {
            plane[tap.bottom] += static_cast<double>(gradient[top + position]) * kernel[tap.kernel];
          }
        }
      });
    });
    std::transform(sums.begin(), sums.end(), out,
                   [](double sum) { return static_cast<float>(sum); });
  }

  void backward_weights(const float* in, const float* gradient, float* dw, float* db) const {
    if (dw != nullptr) add_weight_gradient(in, gradient, dw);
    if (db != nullptr) add_bias_gradient(gradient, db);
  }

 private:
  int64_t group_channels() const { return spec_.bottom_channels / spec_.group; }
  int64_t bottom_plane() const { return product(spec_.bottom, spec_.space); }
  int64_t top_plane() const { return product(spec_.top, spec_.space); }
  int64_t kernel_plane() const { return product(spec_.kernel, spec_.space); }

  // Where the plane that begins at `offset` of the top lies in y.
  int64_t joint(int64_t offset) const {
    if (spec_.joint_channels == 0) return offset;
    const int64_t image = spec_.top_channels * top_plane();
    return (offset / image * spec_.joint_channels + spec_.first_channel) * top_plane() +
           offset % image;
  }

  float activated(float value, const float* slopes, int64_t channel) const {
    switch (spec_.activation) {
      case CAFFE_RELU:
        return functor::Relu{spec_.slope}(value);
      case CAFFE_PRELU:
        return functor::Relu{slopes[channel]}(value);
      case CAFFE_ELU:
        return value > 0 ? value : spec_.slope * std::expm1(value);
      default:
        return value;
    }
  }

  void add_weight_gradient(const float* in, const float* gradient, float* out) const {
    std::vector<double> sums(
        static_cast<size_t>(spec_.top_channels * group_channels() * kernel_plane()));
    for_each_position([&](int64_t position, const std::vector<Tap>& taps) {
      for_each_pair([&](int64_t m, int64_t bottom, int64_t top) {
        for (int64_t c = 0; c < group_channels(); ++c) {
          const float* plane = in + bottom + c * bottom_plane();
          double* kernel = sums.data() + (m * group_channels() + c) * kernel_plane();
          for (const Tap& tap : taps) {
            kernel[tap.kernel] += static_cast<double>(gradient[top + position]) * plane[tap.bottom];
          }
        }
      });
    });
    for (size_t i = 0; i < sums.size(); ++i) out[i] += static_cast<float>(sums[i]);
  }

  void add_bias_gradient(const float* gradient, float* out) const {
    for (int64_t m = 0; m < spec_.top_channels; ++m) {
      double sum = 0;
      for (int64_t n = 0; n < spec_.batch; ++n) {
        const float* plane = gradient + (n * spec_.top_channels + m) * top_plane();
        for (int64_t i = 0; i < top_plane(); ++i) sum += plane[i];
      }
      out[m] += static_cast<float>(sum);
    }
  }

  // body(output channel, where its group's channels begin in the bottom, where its plane begins in
  // the top), for every image.
  template <class Body>
  void for_each_pair(const Body& body) const {
    const int64_t outputs = spec_.top_channels, group_outputs = outputs / spec_.group;
    for (int64_t n = 0; n < spec_.batch; ++n) {
      for (int64_t m = 0; m < outputs; ++m) {
        const int64_t channel = n * spec_.bottom_channels + m / group_outputs * group_channels();
        body(m, channel * bottom_plane(), (n * outputs + m) * top_plane());
      }
    }
  }

  // body(offset within the top's plane, the taps over it), for every position of the top.
  template <class Body>
  void for_each_position(const Body& body) const {
    std::vector<Tap> taps;
    for (int64_t position = 0; position < top_plane(); ++position) {
      taps.clear();
      for (int64_t place = 0; place < kernel_plane(); ++place) {
        const int64_t bottom = bottom_offset(position, place);
        if (bottom >= 0) taps.push_back({place, bottom});
      }
      body(position, taps);
    }
  }

  // The offset in the bottom's plane that kernel place `place` at top position `position` lies
  // over, -1 when it lies in the padding.
  int64_t bottom_offset(int64_t position, int64_t place) const {
    int64_t offset = 0, scale = 1;
    for (int32_t axis = spec_.space; axis-- > 0;) {
      const int64_t at = position % spec_.top[axis] * spec_.stride[axis] - spec_.pad[axis] +
                         place % spec_.kernel[axis] * spec_.dilation[axis];
      if (at < 0 || at >= spec_.bottom[axis]) return -1;
      offset += at * scale;
      scale *= spec_.bottom[axis];
      position /= spec_.top[axis];
      place /= spec_.kernel[axis];
    }
    return offset;
  }

  const caffe_convolution_spec spec_;
};

}  // namespace

caffe_operation* convolution(caffe_convolution_spec spec) {
  return new Convolution(spec);
}

void convolution_forward(caffe_operation* operation, const float* x, const float* w, const float* b,
                         const float* addend, const float* slopes, float* y) {
  static_cast<Convolution*>(operation)->forward(x, w, b, addend, slopes, y);
}

void convolution_backward_data(caffe_operation* operation, const float* dy, const float* w,
                               float* dx) {
  static_cast<Convolution*>(operation)->backward_data(dy, w, dx);
}

void convolution_backward_weights(caffe_operation* operation, const float* x, const float* dy,
                                  float* dw, float* db) {
  static_cast<Convolution*>(operation)->backward_weights(x, dy, dw, db);
}

}  // namespace caffe::reference
