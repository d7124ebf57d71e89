// With P places of the top, T = places of the kernel x channels of a group, and M outputs of it:
//   forward            y (P x M)   = columns (P x T) times w transposed
//   bottom gradient    columns     = dy (P x M) times w (M x T), added up where they came from
//   weight gradient    dw (M x T) += dy transposed times columns
// some places at a time, so that columns stay in a cache.
#include "kernels/cpu/convolution/unfolded.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/convolution/epilogue.hpp"
#include "kernels/cpu/product/panel_gemm.hpp"
#include "kernels/cpu/simd/simd.hpp"
#include "kernels/cpu/thread_scratch.hpp"

namespace caffe {

namespace {

constexpr int64_t kColumns = 1 << 20;  // values of columns at a time
constexpr int64_t kFewestPlaces = 64;  // for which a product is worth it

// Along the axes of space, the last one innermost; loops over threads keep their own on the stack.
constexpr size_t kMostAxes = 8;
using Extents = std::vector<int64_t>;
using Coordinates = std::array<int64_t, kMostAxes>;

Extents space_of(const Shape& shape) {
  return {shape.dims().begin() + 2, shape.dims().end()};
}

// The coordinates of a place, behind whose space are those of its image: which one it is returns.
int64_t coordinates_of(int64_t place, const Extents& extents, Coordinates& coordinates) {
  for (size_t axis = extents.size(); axis-- > 0;) {
    coordinates[axis] = place % extents[axis];
    place /= extents[axis];
  }
  return place;
}

class UnfoldedConvolution final : public Convolution {
 public:
  explicit UnfoldedConvolution(const ConvolutionSpec& spec)
      : spec_(spec),
        bottom_(space_of(spec.bottom)),
        top_(space_of(spec.top)),
        channels_(spec.weights[1]),
        outputs_(spec.top[1] / spec.group),
        places_(spec.top[0] * spec.top.count(2)),
        taps_(spec.weights.count(1)) {
    Coordinates steps{};
    for (int64_t tap = 0; tap < taps_ / channels_; ++tap) {
      coordinates_of(tap, spec.kernel, steps);
      for (size_t axis = 0; axis < top_.size(); ++axis) steps[axis] *= spec.dilation[axis];
      steps_.push_back(steps);
    }
  }

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b,
               const FusedOperands& fused, Tensor y) override {
    const float* in = x.as(spec_.bottom).read(Place::kHostNhwc);
    pack(w);
    const float* bias = spec_.bias ? b->read() : nullptr;
    const Epilogue epilogue(spec_, fused);
    const ResultRows results(spec_, y);
    for_each_part([&](int64_t first, int64_t count, int64_t group, float* columns) {
      unfold(in, first, count, group, columns);
      float* to = results.first + first * results.pitch + group * outputs_;
      panel_gemm(count, outputs_, taps_, 1, {columns, taps_, false}, weights_of(group, true), 0,
                 {to, results.pitch});
    });
    const int64_t outputs = spec_.top[1];
    parallel_for(places_, grain_of(outputs), [&](int64_t begin, int64_t end) {
      for (int64_t place = begin; place < end; ++place) {
        float* values = results.first + place * results.pitch;
        if (bias != nullptr) simd().loops.axpby(1, bias, 1, values, outputs);
        finish_values(epilogue,
                      epilogue.addend == nullptr ? nullptr : epilogue.addend + place * outputs,
                      epilogue.slopes, outputs, values);
      }
    });
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    const float* gradient = dy.as(spec_.top).read(Place::kHostNhwc);
    pack(w);
    float* out = dx.as(spec_.bottom).write(Place::kHostNhwc);
    std::fill_n(out, spec_.bottom.count(), 0.0f);
    for_each_part([&](int64_t first, int64_t count, int64_t group, float* columns) {
      panel_gemm(count, taps_, outputs_, 1, gradient_of(gradient, first, group, false),
                 weights_of(group, false), 0, {columns, taps_});
      fold(columns, first, count, group, out);
    });
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    const float* gradient = dy.as(spec_.top).read(Place::kHostNhwc);
    if (dw) {
      const float* in = x.as(spec_.bottom).read(Place::kHostNhwc);
      std::vector<float> sums(static_cast<size_t>(spec_.weights.count()));
      for_each_part([&](int64_t first, int64_t count, int64_t group, float* columns) {
        unfold(in, first, count, group, columns);
        panel_gemm(outputs_, taps_, count, 1, gradient_of(gradient, first, group, true),
                   {columns, taps_, false}, first > 0 ? 1.0f : 0.0f,
                   {sums.data() + group * outputs_ * taps_, taps_});
      });
      add_weights(sums, *dw);
    }
    if (db && spec_.bias) {
      float* bias = db->update();
      simd().loops.add_column_sums(gradient, places_, spec_.top[1], spec_.top[1], bias);
    }
  }

  std::string implementation() const override { return std::string("own unfolded ") + simd().name; }

 private:
  // body(first place, places, group, room for their columns)
  template <class Body>
  void for_each_part(const Body& body) const {
    const int64_t most = std::max(kFewestPlaces, kColumns / taps_);
    const int64_t parts = divide_up(places_, most), part = divide_up(places_, parts);
    float* const columns = thread_scratch(ScratchUse::kOperand, std::min(part, places_) * taps_);
    for (int64_t first = 0; first < places_; first += part) {
      for (int64_t group = 0; group < spec_.group; ++group) {
        body(first, std::min(part, places_ - first), group, columns);
      }
    }
  }

  // A group's, outputs x taps.
  Operand weights_of(int64_t group, bool transposed) const {
    return {packed_.data() + group * outputs_ * taps_, taps_, transposed};
  }

  // Of a group's outputs, places x outputs.
  Operand gradient_of(const float* dy, int64_t first, int64_t group, bool transposed) const {
    return {dy + first * spec_.top[1] + group * outputs_, spec_.top[1], transposed};
  }

  // The channels of the bottom, of all groups, from which a place of it begins; -1 outside.
  int64_t bottom_offset(int64_t image, const Coordinates& corner, const Coordinates& step) const {
    int64_t place = image;
    for (size_t axis = 0; axis < top_.size(); ++axis) {
      const int64_t at = corner[axis] + step[axis];
      if (at < 0 || at >= bottom_[axis]) return -1;
      place = place * bottom_[axis] + at;
    }
    return place * spec_.bottom[1];
  }

  void unfold(const float* in, int64_t first, int64_t count, int64_t group, float* columns) const {
    parallel_for(count, grain_of(taps_), [&](int64_t begin, int64_t end) {
      Coordinates corner;
      for (int64_t row = begin; row < end; ++row) {
        const int64_t image = coordinates_of(first + row, top_, corner);
        for (size_t axis = 0; axis < top_.size(); ++axis) {
          corner[axis] = corner[axis] * spec_.stride[axis] - spec_.pad[axis];
        }
        float* to = columns + row * taps_;
        for (const Coordinates& step : steps_) {
          const int64_t at = bottom_offset(image, corner, step);
          if (at < 0) {
            std::fill_n(to, channels_, 0.0f);
          } else {
            std::copy_n(in + at + group * channels_, channels_, to);
          }
          to += channels_;
        }
      }
    });
  }

  // Adds to each place of the bottom what columns say of it, in the order of the kernel's places.
  void fold(const float* columns, int64_t first, int64_t count, int64_t group, float* out) const {
    const int64_t last = first + count - 1, plane = spec_.top.count(2);
    const int64_t bottom_plane = spec_.bottom.count(2);
    const int64_t begin_place = first / plane * bottom_plane;
    const int64_t all = (last / plane + 1) * bottom_plane - begin_place;
    parallel_for(all, grain_of(taps_), [&](int64_t begin, int64_t end) {
      Coordinates coordinates;
      for (int64_t place = begin_place + begin; place < begin_place + end; ++place) {
        const int64_t image = coordinates_of(place, bottom_, coordinates);
        float* to = out + place * spec_.bottom[1] + group * channels_;
        for (size_t tap = 0; tap < steps_.size(); ++tap) {
          const int64_t row = top_place(image, coordinates, steps_[tap]) - first;
          if (row < 0 || row >= count) continue;
          const float* from = columns + row * taps_ + static_cast<int64_t>(tap) * channels_;
          for (int64_t c = 0; c < channels_; ++c) to[c] += from[c];
        }
      }
    });
  }

  // The place of the top that has one of the bottom under that place of the kernel, or -1.
  int64_t top_place(int64_t image, const Coordinates& coordinates, const Coordinates& step) const {
    int64_t place = image;
    for (size_t axis = 0; axis < top_.size(); ++axis) {
      const int64_t from = coordinates[axis] + spec_.pad[axis] - step[axis];
      if (from < 0 || from % spec_.stride[axis] != 0) return -1;
      const int64_t at = from / spec_.stride[axis];
      if (at >= top_[axis]) return -1;
      place = place * top_[axis] + at;
    }
    return place;
  }

  // body(index in the weights as users see them, index as outputs x places x channels)
  template <class Body>
  void for_each_weight(const Body& body) const {
    const int64_t kernel = taps_ / channels_;
    parallel_for(spec_.top[1], grain_of(taps_), [&](int64_t begin, int64_t end) {
      for (int64_t m = begin; m < end; ++m) {
        for (int64_t c = 0; c < channels_; ++c) {
          for (int64_t k = 0; k < kernel; ++k) {
            body(m * taps_ + c * kernel + k, m * taps_ + k * channels_ + c);
          }
        }
      }
    });
  }

  void pack(ConstTensor w) {
    const float* weights = w.read();
    if (version_ == w.version()) return;
    packed_.resize(static_cast<size_t>(spec_.weights.count()));
    for_each_weight([&](int64_t seen, int64_t packed) {
      packed_[static_cast<size_t>(packed)] = weights[seen];
    });
    version_ = w.version();
  }

  void add_weights(const std::vector<float>& sums, const Tensor& dw) const {
    const bool add = !dw.empty();
    float* out = add ? dw.update() : dw.write();
    for_each_weight([&](int64_t seen, int64_t packed) {
      const float sum = sums[static_cast<size_t>(packed)];
      out[seen] = add ? out[seen] + sum : sum;
    });
  }

  const ConvolutionSpec spec_;
  const Extents bottom_, top_;
  const int64_t channels_, outputs_;  // of a group
  const int64_t places_, taps_;
  std::vector<Coordinates> steps_;  // from the first place of the kernel to each
  std::vector<float> packed_;
  uint64_t version_ = 0;
};

}  // namespace

bool unfolded_convolution_suits(const ConvolutionSpec& spec) {
  return spec.kernel.size() <= kMostAxes && spec.bottom.count() > 0 && spec.top.count() > 0;
}

std::unique_ptr<Convolution> unfolded_convolution(const ConvolutionSpec& spec) {
  return std::make_unique<UnfoldedConvolution>(spec);
}

}  // namespace caffe
