// Convolution with any number of spatial axes (none included), as the sum it is:
//   y[n, m, o] = b[m] + sum over c of m's group and kernel places k of
//                w[m, c, k] * x[n, c, o * stride - pad + k * dilation]
// where places outside of x count as zeros.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/functors.hpp"
#include "kernels/kernels.hpp"

namespace caffe {

namespace {

// One place of the kernel that lies over a value of the bottom: offsets within the channel's plane.
struct Tap {
  int64_t kernel, bottom;
};

class ReferenceConvolution final : public Convolution {
 public:
  explicit ReferenceConvolution(const ConvolutionSpec& spec) : spec_(spec) {}

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b,
               const FusedOperands& fused, Tensor y) override {
    const float* in = x.read();
    const float* weights = w.read();
    const float* bias = b ? b->read() : nullptr;
    const float* addend = fused.addend ? fused.addend->read() : nullptr;
    const float* slopes = fused.slopes ? fused.slopes->read() : nullptr;
    float* out = spec_.joint_channels != 0 ? y.write_part() : y.write();
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

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    const float* gradient = dy.read();
    const float* weights = w.read();
    std::vector<double> sums(static_cast<size_t>(spec_.bottom.count()));
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
    std::transform(sums.begin(), sums.end(), dx.write(),
                   [](double sum) { return static_cast<float>(sum); });
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    const float* gradient = dy.read();
    if (dw) add_weight_gradient(x.read(), gradient, dw->update());
    if (db) add_bias_gradient(gradient, db->update());
  }

  std::string implementation() const override { return "reference"; }

 private:
  int64_t group_channels() const { return spec_.bottom[1] / spec_.group; }
  int64_t bottom_plane() const { return spec_.bottom.count(2); }
  int64_t top_plane() const { return spec_.top.count(2); }
  int64_t kernel_plane() const { return spec_.weights.count(2); }

  // Where the plane that begins at `offset` of the top lies in y.
  int64_t joint(int64_t offset) const {
    if (spec_.joint_channels == 0) return offset;
    const int64_t image = spec_.top.count(1);
    return (offset / image * spec_.joint_channels + spec_.first_channel) * top_plane() +
           offset % image;
  }

  float activated(float value, const float* slopes, int64_t channel) const {
    switch (spec_.activation.kind) {
      case Activation::kNone:
        return value;
      case Activation::kRelu:
        return functor::Relu{spec_.activation.slope}(value);
      case Activation::kPrelu:
        return functor::Relu{slopes[channel]}(value);
      case Activation::kElu:
        return value > 0 ? value : spec_.activation.slope * std::expm1(value);
    }
    return value;
  }

  void add_weight_gradient(const float* in, const float* gradient, float* out) const {
    std::vector<double> sums(static_cast<size_t>(spec_.weights.count()));
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
    for (int64_t m = 0; m < spec_.top[1]; ++m) {
      double sum = 0;
      for (int64_t n = 0; n < spec_.top[0]; ++n) {
        const float* plane = gradient + (n * spec_.top[1] + m) * top_plane();
        for (int64_t i = 0; i < top_plane(); ++i) sum += plane[i];
      }
      out[m] += static_cast<float>(sum);
    }
  }

  // body(output channel, where its group's channels begin in the bottom, where its plane begins in
  // the top), for every image.
  template <class Body>
  void for_each_pair(const Body& body) const {
    const int64_t outputs = spec_.top[1], group_outputs = outputs / spec_.group;
    for (int64_t n = 0; n < spec_.bottom[0]; ++n) {
      for (int64_t m = 0; m < outputs; ++m) {
        const int64_t channel = n * spec_.bottom[1] + m / group_outputs * group_channels();
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
    for (size_t axis = spec_.kernel.size(); axis-- > 0;) {
      const int dim = static_cast<int>(axis) + 2;
      const int64_t at = position % spec_.top[dim] * spec_.stride[axis] - spec_.pad[axis] +
                         place % spec_.kernel[axis] * spec_.dilation[axis];
      if (at < 0 || at >= spec_.bottom[dim]) return -1;
      offset += at * scale;
      scale *= spec_.bottom[dim];
      position /= spec_.top[dim];
      place /= spec_.kernel[axis];
    }
    return offset;
  }

  const ConvolutionSpec spec_;
};

}  // namespace

std::unique_ptr<Convolution> Kernels::convolution(const ConvolutionSpec& spec) {
  return std::make_unique<ReferenceConvolution>(spec);
}

}  // namespace caffe
