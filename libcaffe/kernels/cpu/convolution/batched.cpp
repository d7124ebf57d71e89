// In channels-last order the values under a row of the kernel are contiguous: kernel_w x channels
// of them. So, a tile at a time (P: places, T: taps = kernel_h x kernel_w x channels, M: outputs),
//   forward            y[image][m]   = sum over T of x[image + tap] * w[tap][m]
//   weight gradient    dw[tap][m]   += sum over P of x[place + tap] * dy[place][m]
//   bottom gradient    dx[image][t] += sum over M of dy[image][m] * w[m][t], t a row of the kernel
// and nothing is copied but images with padding, into an image that has it.
#include "kernels/cpu/convolution/batched.hpp"

#include <algorithm>
#include <vector>

#include "core/divide_up.hpp"
#include "core/threads.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

constexpr int64_t kRows = RegisterTile::kRows, kColumns = RegisterTile::kColumns;
constexpr int64_t kFewestImages = 4 * kRows;  // for which tiles of images are worth it
constexpr int64_t kSums = 16;

// What rows of packed values are apart: whole vectors.
int64_t pitch_of(int64_t values) {
  return round_up(values, 16);
}

// Cuts [begin, end) into as few parts of at most `most` as possible, of nearly one size.
template <class Body>
void for_each_part(int64_t begin, int64_t end, int64_t most, const Body& body) {
  const int64_t count = end - begin, parts = divide_up(count, most);
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t first = begin + count * part / parts;
    body(first, static_cast<int>(begin + count * (part + 1) / parts - first));
  }
}

// Extents; 1-D is a single row.
struct Plane {
  int64_t height, width;

  Plane(const std::vector<int64_t>& values, int64_t missing)
      : height(values.size() > 1 ? values[0] : missing), width(values.back()) {}
};

Plane space(const Shape& shape) {
  return Plane({shape.dims().begin() + 2, shape.dims().end()}, 1);
}

class BatchedConvolution final : public Convolution {
 public:
  explicit BatchedConvolution(const ConvolutionSpec& spec)
      : spec_(spec),
        multiply_(simd().multiply_tile),
        images_(spec.bottom[0]),
        channels_(spec.bottom[1]),
        outputs_(spec.top[1]),
        bottom_(space(spec.bottom)),
        top_(space(spec.top)),
        kernel_(spec.kernel, 1),
        stride_(spec.stride, 1),
        pad_(spec.pad, 0),
        padded_(bottom_),
        row_taps_(kernel_.width * channels_),
        taps_(kernel_.height * row_taps_) {
    padded_.height += 2 * pad_.height;
    padded_.width += 2 * pad_.width;
  }

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b, const FusedOperands&,
               Tensor y) override {
    const float* in = x.as(spec_.bottom).read(Place::kHostNhwc);
    pack_by_tap(w);
    const float* bias = b ? b->read() : nullptr;
    float* out = y.as(spec_.top).write(Place::kHostNhwc);
    const int64_t ld = pitch_of(outputs_);
    const TileProduct product{kernel_.height, row_taps_, padded_.width * channels_, 1,
                              row_taps_ * ld, ld};
    for_each_images([&](int64_t first, int rows, float* scratch) {
      const float* images[kRows];
      for (int r = 0; r < rows; ++r) images[r] = with_padding(in, first + r, r, scratch);
      for (int64_t place = 0; place < top_.height * top_.width; ++place) {
        const float* a[kRows];
        for (int r = 0; r < rows; ++r) a[r] = images[r] + bottom_offset(place);
        for_each_part(0, outputs_, kColumns, [&](int64_t m, int columns) {
          float* c[kRows];
          for (int r = 0; r < rows; ++r)
            c[r] = out + (first + r) * top_size() + place * outputs_ + m;
          multiply_(product, rows, columns, a, by_tap_.data() + m, bias ? bias + m : nullptr, false,
                    c);
        });
      }
    });
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    const float* gradient = dy.as(spec_.top).read(Place::kHostNhwc);
    pack_by_output(w);
    float* out = dx.as(spec_.bottom).write(Place::kHostNhwc);
    const int64_t ld = pitch_of(row_taps_);
    const TileProduct product{1, outputs_, 0, 1, 0, ld};
    for_each_images([&](int64_t first, int rows, float* scratch) {
      float* images[kRows];
      for (int r = 0; r < rows; ++r) {
        images[r] = padding() ? scratch + r * padded_size() : out + (first + r) * bottom_size();
        std::fill_n(images[r], padded_size(), 0.0f);
      }
      for (int64_t kernel_row = 0; kernel_row < kernel_.height; ++kernel_row) {
        const float* weights = by_output_.data() + kernel_row * outputs_ * ld;
        for_each_part(0, row_taps_, kColumns, [&](int64_t tap, int columns) {
          for (int64_t place = 0; place < top_.height * top_.width; ++place) {
            const int64_t at = bottom_offset(place) + kernel_row * padded_.width * channels_ + tap;
            const float* a[kRows];
            float* c[kRows];
            for (int r = 0; r < rows; ++r) {
              a[r] = gradient + (first + r) * top_size() + place * outputs_;
              c[r] = images[r] + at;
            }
            multiply_(product, rows, columns, a, weights + tap, nullptr, true, c);
          }
        });
      }
      if (!padding()) return;
      for (int r = 0; r < rows; ++r) without_padding(images[r], out + (first + r) * bottom_size());
    });
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    const float* in = x.as(spec_.bottom).read(Place::kHostNhwc);
    const float* gradient = dy.as(spec_.top).read(Place::kHostNhwc);
    // Sums over ranges of images, as many whatever the number of threads, so that the total is the
    // same. The bias is one more tap, over an image of ones.
    const int64_t ld = pitch_of(outputs_), parts = std::min(kSums, images_);
    const int64_t sum_size = (taps_ + 1) * ld;
    sums_.assign(static_cast<size_t>(parts * sum_size), 0.0f);
    ones_.assign(static_cast<size_t>(padded_size()), 1.0f);
    std::vector<int64_t> offsets;
    for (int64_t tap = 0; tap < taps_; ++tap) {
      offsets.push_back(tap / row_taps_ * padded_.width * channels_ + tap % row_taps_);
    }
    const TileProduct product{top_.height,
                              top_.width,
                              stride_.height * padded_.width * channels_,
                              stride_.width * channels_,
                              top_.width * outputs_,
                              outputs_};
    make_scratch(parts);
    parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part) {
        float* sums = sums_.data() + part * sum_size;
        for (int64_t n = images_ * part / parts; n < images_ * (part + 1) / parts; ++n) {
          const float* image = with_padding(in, n, 0, scratch_of(part));
          for_each_part(0, taps_ + (db ? 1 : 0), kRows, [&](int64_t tap, int rows) {
            const float* a[kRows];
            float* c[kRows];
            for_each_part(0, outputs_, kColumns, [&](int64_t m, int columns) {
              for (int r = 0; r < rows; ++r) {
                const int64_t at = tap + r;
                a[r] = at < taps_ ? image + offsets[static_cast<size_t>(at)] : ones_.data();
                c[r] = sums + at * ld + m;
              }
              multiply_(product, rows, columns, a, gradient + n * top_size() + m, nullptr, true, c);
            });
          });
        }
      }
    });
    for (int64_t part = 1; part < parts; ++part) {
      const float* more = sums_.data() + part * sum_size;
      for (int64_t i = 0; i < sum_size; ++i) sums_[static_cast<size_t>(i)] += more[i];
    }
    if (dw) add_weights(*dw);
    if (db) {
      float* bias = db->update();
      for (int64_t m = 0; m < outputs_; ++m) bias[m] += sums_[static_cast<size_t>(taps_ * ld + m)];
    }
  }

  std::string implementation() const override { return "own tiles avx512"; }

 private:
  bool padding() const { return pad_.height > 0 || pad_.width > 0; }
  int64_t bottom_size() const { return bottom_.height * bottom_.width * channels_; }
  int64_t padded_size() const { return padded_.height * padded_.width * channels_; }
  int64_t top_size() const { return top_.height * top_.width * outputs_; }

  // Where in a padded image the window of a place of the top begins.
  int64_t bottom_offset(int64_t place) const {
    const int64_t row = place / top_.width * stride_.height;
    return (row * padded_.width + place % top_.width * stride_.width) * channels_;
  }

  // Scratch holds a tile's images with padding, for each thread.
  void make_scratch(int64_t parts) {
    if (padding()) scratch_.resize(static_cast<size_t>(parts * kRows * padded_size()));
  }
  float* scratch_of(int64_t part) {
    return padding() ? scratch_.data() + part * kRows * padded_size() : nullptr;
  }

  // body(first image, how many, scratch), over threads.
  template <class Body>
  void for_each_images(const Body& body) {
    const int64_t parts = std::min<int64_t>(num_threads(), images_);
    make_scratch(parts);
    parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part) {
        for_each_part(images_ * part / parts, images_ * (part + 1) / parts, kRows,
                      [&](int64_t first, int rows) { body(first, rows, scratch_of(part)); });
      }
    });
  }

  const float* with_padding(const float* bottom, int64_t image, int64_t slot,
                            float* scratch) const {
    const float* from = bottom + image * bottom_size();
    if (!padding()) return from;
    float* to = scratch + slot * padded_size();
    std::fill_n(to, padded_size(), 0.0f);
    const int64_t row = bottom_.width * channels_;
    for (int64_t h = 0; h < bottom_.height; ++h) {
      std::copy_n(from + h * row, row, to + inner_row(h));
    }
    return to;
  }

  void without_padding(const float* from, float* to) const {
    const int64_t row = bottom_.width * channels_;
    for (int64_t h = 0; h < bottom_.height; ++h) {
      std::copy_n(from + inner_row(h), row, to + h * row);
    }
  }

  int64_t inner_row(int64_t h) const {
    return ((h + pad_.height) * padded_.width + pad_.width) * channels_;
  }

  // body(tap, output, index in the weights as users see them).
  template <class Body>
  void for_each_weight(const Body& body) const {
    const int64_t plane = kernel_.height * kernel_.width;
    parallel_for(outputs_, grain_of(taps_), [&](int64_t begin, int64_t end) {
      for (int64_t tap = 0; tap < taps_; ++tap) {
        const int64_t in_plane = tap % channels_ * plane + tap / channels_;
        for (int64_t m = begin; m < end; ++m) body(tap, m, m * taps_ + in_plane);
      }
    });
  }

  void pack_by_tap(ConstTensor w) {
    const int64_t ld = pitch_of(outputs_);
    const float* weights = w.read();
    if (by_tap_version_ == w.version()) return;
    by_tap_.resize(static_cast<size_t>(taps_ * ld));
    for_each_weight([&](int64_t tap, int64_t m, int64_t index) {
      by_tap_[static_cast<size_t>(tap * ld + m)] = weights[index];
    });
    by_tap_version_ = w.version();
  }

  void pack_by_output(ConstTensor w) {
    const int64_t ld = pitch_of(row_taps_);
    const float* weights = w.read();
    if (by_output_version_ == w.version()) return;
    by_output_.resize(static_cast<size_t>(kernel_.height * outputs_ * ld));
    for_each_weight([&](int64_t tap, int64_t m, int64_t index) {
      const int64_t row = tap / row_taps_ * outputs_ + m;
      by_output_[static_cast<size_t>(row * ld + tap % row_taps_)] = weights[index];
    });
    by_output_version_ = w.version();
  }

  void add_weights(const Tensor& dw) const {
    const int64_t ld = pitch_of(outputs_);
    const bool add = !dw.empty();
    float* out = add ? dw.update() : dw.write();
    for_each_weight([&](int64_t tap, int64_t m, int64_t index) {
      const float sum = sums_[static_cast<size_t>(tap * ld + m)];
      out[index] = add ? out[index] + sum : sum;
    });
  }

  const ConvolutionSpec spec_;
  const RegisterTile::Multiply multiply_;
  const int64_t images_, channels_, outputs_;
  const Plane bottom_, top_, kernel_, stride_, pad_;
  Plane padded_;
  const int64_t row_taps_, taps_;  // under a row of the kernel, and under all of it
  std::vector<float> by_tap_,
      by_output_;  // weights as taps x outputs, and row by row outputs x taps
  uint64_t by_tap_version_ = 0, by_output_version_ = 0;
  std::vector<float> sums_, ones_, scratch_;
};

}  // namespace

bool batched_convolution_suits(const ConvolutionSpec& spec) {
  if (simd().multiply_tile == nullptr || spec.kernel.empty() || spec.kernel.size() > 2)
    return false;
  if (spec.fuses() || spec.group != 1 || spec.bottom[0] < kFewestImages) return false;
  if (std::any_of(spec.dilation.begin(), spec.dilation.end(), [](int64_t d) { return d != 1; })) {
    return false;
  }
  // Where oneDNN's vectors are filled it is as fast; and all weights should stay in a core's cache.
  return spec.top[1] % 16 != 0 && spec.weights.count() <= 64 * 1024;
}

std::unique_ptr<Convolution> batched_convolution(const ConvolutionSpec& spec) {
  return std::make_unique<BatchedConvolution>(spec);
}

}  // namespace caffe
