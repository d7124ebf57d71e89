// kernels/cpu/winograd/: every tile against the reference, and how coarsely each rounds.
#include "kernels/cpu/winograd/convolution.hpp"

#include <atomic>

#include "cpp/kernels/backends.hpp"
#include "kernels/cpu/simd/simd.hpp"
#include "kernels/cpu/winograd/tiles.hpp"

namespace caffe::test {
namespace {

constexpr WinogradTile kTiles[] = {WinogradTile::kF2x2, WinogradTile::kF4x4, WinogradTile::kF5x5,
                                   WinogradTile::kF6x6};

struct Case {
  int64_t images, channels, height, width, outputs, kernel, pad_h, pad_w, group = 1;
};

ConvolutionSpec spec_of(const Case& c, bool training = false) {
  ConvolutionSpec spec;
  spec.bottom = {c.images, c.channels, c.height, c.width};
  spec.top = {c.images, c.outputs, c.height + 2 * c.pad_h - c.kernel + 1,
              c.width + 2 * c.pad_w - c.kernel + 1};
  spec.weights = {c.outputs, c.channels / c.group, c.kernel, c.kernel};
  spec.kernel = {c.kernel, c.kernel}, spec.stride = {1, 1}, spec.dilation = {1, 1};
  spec.pad = {c.pad_h, c.pad_w}, spec.group = c.group;
  spec.bias = true, spec.training = training;
  return spec;
}

// One line a shape: around the widths of vectors and panels, and of tiles; what takes the ways for
// few and for many tiles, and for weights that are kept and that are not.
const Case kCases[] = {
    {1, 1, 1, 1, 1, 3, 1, 1},        {1, 1, 3, 3, 1, 3, 0, 0},       {2, 3, 4, 5, 2, 3, 0, 1},
    {1, 2, 5, 4, 5, 3, 2, 2},        {3, 5, 6, 7, 7, 3, 1, 1},       {1, 8, 8, 8, 8, 3, 1, 1},
    {2, 15, 9, 3, 17, 3, 3, 3},      {1, 16, 10, 20, 16, 3, 1, 1},   {1, 17, 11, 2, 31, 3, 1, 2},
    {3, 31, 12, 12, 32, 3, 0, 0},    {1, 33, 13, 13, 33, 3, 1, 1},   {1, 64, 20, 19, 64, 3, 1, 1},
    {2, 70, 7, 7, 66, 3, 1, 1},      {1, 48, 30, 31, 40, 3, 1, 1},   {5, 4, 18, 17, 3, 3, 1, 0},
    {1, 130, 4, 4, 280, 3, 1, 1},    {1, 150, 9, 9, 230, 3, 1, 1},   {2, 280, 5, 5, 132, 3, 2, 0},
    {2, 6, 9, 9, 4, 3, 1, 1, 2},     {1, 36, 8, 9, 72, 3, 1, 1, 2},  {2, 9, 7, 7, 15, 3, 1, 1, 3},
    {1, 180, 6, 7, 360, 3, 1, 1, 2}, {1, 12, 6, 6, 12, 3, 1, 1, 12}, {1, 1, 5, 5, 1, 5, 0, 0},
    {1, 2, 1, 2, 3, 5, 2, 2},        {2, 16, 11, 12, 33, 5, 2, 2},   {1, 24, 20, 9, 20, 5, 0, 1},
    {1, 36, 13, 13, 68, 5, 2, 2, 2}, {3, 5, 7, 6, 4, 5, 3, 3},       {1, 200, 5, 5, 150, 5, 2, 2},
};

std::string name_of(const Convolution& convolution, const Case& c) {
  return str(convolution.implementation(), ", ", c.images, "x", c.channels, "x", c.height, "x",
             c.width, " to ", c.outputs, ", pad ", c.pad_h, " ", c.pad_w, ", group ", c.group);
}

// body(convolution, name) for every tile and instruction set.
template <class Body>
void for_each_convolution(const ConvolutionSpec& spec, const Case& c, const Body& body) {
  set_num_threads(1);
  for (const Simd* const set : all_simd()) {
    for (const WinogradTile tile : kTiles) {
      const auto convolution = winograd_convolution(spec, tile, *set);
      CHECK_EQ(convolution != nullptr, winograd_suits(spec, tile));
      if (convolution != nullptr) body(*convolution, name_of(*convolution, c));
    }
  }
  set_num_threads(0);
}

Blob forward(Convolution& convolution, const ConvolutionSpec& spec, const Blob& x, const Blob& w,
             const Blob& b) {
  Blob y(spec.top);
  convolution.forward(x.data(), w.data(), b.data(), y.data());
  return y;
}

constexpr double kTolerance = 3e-5;  // of the largest value
constexpr double kBound = 2e-5;      // of the largest sum of magnitudes

}  // namespace

TEST(winograd_forward_is_the_reference_s) {
  for (const Case& c : kCases) {
    const ConvolutionSpec spec = spec_of(c);
    const Blob x = random_blob(spec.bottom, 1), w = random_blob(spec.weights, 2);
    const Blob b = random_blob({spec.top[1]}, 3);
    const Blob expected = forward(*reference_kernels().convolution(spec), spec, x, w, b);
    for_each_convolution(spec, c, [&](Convolution& convolution, const std::string& name) {
      check_same(forward(convolution, spec, x, w, b), expected, name, kTolerance);
    });
  }
}

TEST(winograd_bottom_gradient_is_the_reference_s) {
  for (const Case& c : kCases) {
    const ConvolutionSpec spec = spec_of(c, true);
    const Blob dy = random_blob(spec.top, 1), w = random_blob(spec.weights, 2);
    Blob expected(spec.bottom);
    reference_kernels().convolution(spec)->backward_data(dy.data(), w.data(), expected.data());
    for_each_convolution(spec, c, [&](Convolution& convolution, const std::string& name) {
      Blob dx(spec.bottom);
      convolution.backward_data(dy.data(), w.data(), dx.data());
      check_same(dx, expected, name, kTolerance);
    });
  }
}

TEST(winograd_weight_gradient_is_the_reference_s) {
  for (const Case& c : kCases) {
    const ConvolutionSpec spec = spec_of(c, true);
    const Blob x = random_blob(spec.bottom, 1), dy = random_blob(spec.top, 2);
    for (const bool cleared : {false, true}) {
      const auto run = [&](Convolution& convolution) {
        // Something to be added to, or nothing.
        std::pair<Blob, Blob> gradients{random_blob(spec.weights, 3),
                                        random_blob({spec.top[1]}, 4)};
        if (cleared) gradients.first.data().clear(), gradients.second.data().clear();
        convolution.backward_weights(x.data(), dy.data(), gradients.first.data(),
                                     gradients.second.data());
        return gradients;
      };
      const auto expected = run(*reference_kernels().convolution(spec));
      for_each_convolution(spec, c, [&](Convolution& convolution, const std::string& name) {
        const auto got = run(convolution);
        check_same(got.first, expected.first, name + ", weights", kTolerance);
        check_same(got.second, expected.second, name + ", bias", kTolerance);
      });
    }
  }
}

TEST(winograd_is_the_same_on_any_number_of_threads) {
  for (const Case& c : {Case{2, 40, 14, 14, 70, 3, 1, 1}, Case{1, 300, 9, 9, 200, 3, 1, 1},
                        Case{3, 20, 30, 30, 34, 3, 1, 1, 2}}) {
    const ConvolutionSpec spec = spec_of(c, true);
    const Blob x = random_blob(spec.bottom, 1), w = random_blob(spec.weights, 2);
    const Blob b = random_blob({spec.top[1]}, 3), dy = random_blob(spec.top, 4);
    const auto convolution = winograd_convolution(spec, WinogradTile::kF4x4);
    set_num_threads(1);
    const Blob y = forward(*convolution, spec, x, w, b);
    Blob dx(spec.bottom), again(spec.bottom), dw(spec.weights), dw_again(spec.weights);
    convolution->backward_data(dy.data(), w.data(), dx.data());
    convolution->backward_weights(x.data(), dy.data(), dw.data(), std::nullopt);
    for (const int threads : {2, 3, 7}) {
      set_num_threads(threads);
      check_same(forward(*convolution, spec, x, w, b), y, str(threads, " threads"), 0);
      convolution->backward_data(dy.data(), w.data(), again.data());
      check_same(again, dx, str(threads, " threads, bottom gradient"), 0);
      dw_again.data().clear();
      convolution->backward_weights(x.data(), dy.data(), dw_again.data(), std::nullopt);
      check_same(dw_again, dw, str(threads, " threads, weight gradient"), 0);
    }
  }
  set_num_threads(0);
}

TEST(winograd_fuses_what_the_reference_does) {
  const Activation activations[] = {{},
                                    {Activation::kRelu, 0},
                                    {Activation::kRelu, 0.1f},
                                    {Activation::kPrelu, 0},
                                    {Activation::kElu, 0.7f}};
  for (const Case& c : {Case{2, 5, 6, 7, 9, 3, 1, 1}, Case{1, 42, 9, 10, 66, 3, 1, 1, 2},
                        Case{1, 230, 5, 5, 150, 3, 1, 1}, Case{1, 6, 9, 9, 10, 5, 2, 2}}) {
    for (const Activation& activation : activations) {
      for (const bool addend : {false, true}) {
        for (const bool joint : {false, true}) {
          ConvolutionSpec spec = spec_of(c);
          spec.activation = activation, spec.addend = addend;
          spec.bias = !addend || joint;
          if (joint) spec.joint_channels = c.outputs + 7, spec.first_channel = 3;
          std::vector<int64_t> top = spec.top.dims();
          if (joint) top[1] = spec.joint_channels;
          const Blob x = random_blob(spec.bottom, 1), w = random_blob(spec.weights, 2);
          const Blob b = random_blob({c.outputs}, 3), slopes = random_blob({c.outputs}, 4);
          const Blob residual = random_blob(spec.top, 5);
          std::optional<ConstTensor> bias;
          if (spec.bias) bias = b.data();
          FusedOperands fused;
          if (addend) fused.addend = residual.data();
          if (activation.kind == Activation::kPrelu) fused.slopes = slopes.data();
          // What lies beside the channels stays.
          Blob expected = random_blob(Shape(top), 6);
          reference_kernels().convolution(spec)->forward(x.data(), w.data(), bias, fused,
                                                         expected.data());
          for_each_convolution(spec, c, [&](Convolution& convolution, const std::string& name) {
            Blob y = random_blob(Shape(top), 6);
            convolution.forward(x.data(), w.data(), bias, fused, y.data());
            check_same(y, expected,
                       str(name, ", activation ", activation.kind, addend ? ", addend" : "",
                           joint ? ", joint" : ""),
                       kTolerance);
          });
        }
      }
    }
  }
}

TEST(winograd_follows_its_weights) {
  for (const Case& c : {Case{1, 8, 9, 9, 8, 3, 1, 1}, Case{1, 256, 5, 5, 256, 3, 1, 1}}) {
    const ConvolutionSpec spec = spec_of(c, true);
    const auto reference = reference_kernels().convolution(spec);
    const auto convolution = winograd_convolution(spec, WinogradTile::kF4x4);
    const Blob x = random_blob(spec.bottom, 1), b = random_blob({spec.top[1]}, 3);
    for (int storage = 0; storage < 2; ++storage) {
      Blob w = random_blob(spec.weights, 2);
      for (int write = 0; write < 2; ++write) {
        w.data().update()[7] = static_cast<float>(3 + storage * 2 + write);
        check_same(forward(*convolution, spec, x, w, b), forward(*reference, spec, x, w, b),
                   str("storage ", storage, ", write ", write), kTolerance);
        Blob dx(spec.bottom), expected(spec.bottom);
        convolution->backward_data(x.data().as(spec.top), w.data(), dx.data());
        reference->backward_data(x.data().as(spec.top), w.data(), expected.data());
        check_same(dx, expected, str("gradient, storage ", storage, ", write ", write), kTolerance);
      }
    }
  }
}

// Relative to the largest sum of magnitudes |b| + sum |w| |x|, which any order of summing errs in
// proportion to: values of one sign far from 0, of alternating signs, of ranges from 1e-3 to 1e3,
// one channel much larger than the others.
TEST(winograd_rounds_within_its_bounds) {
  const std::function<float(int64_t, float)> ranges[] = {
      [](int64_t, float value) { return 1000 + value; },
      [](int64_t i, float value) { return i % 2 == 0 ? 100 + value : -100 + value; },
      [](int64_t, float value) { return value * std::pow(10.0f, 3 * value); },
      [](int64_t i, float value) { return i / 144 % 32 == 5 ? 1e4f * value : value; },
  };
  const auto ranged = [](const Shape& shape, uint32_t seed, const auto& range) {
    Blob blob = random_blob(shape, seed);
    float* values = blob.data().write();
    for (int64_t i = 0; i < blob.count(); ++i) values[i] = range(i, values[i]);
    return blob;
  };
  for (const Case& c : {Case{1, 64, 14, 12, 40, 3, 1, 1}, Case{1, 32, 12, 12, 40, 5, 2, 2}}) {
    const ConvolutionSpec spec = spec_of(c);
    const Blob b = random_blob({spec.top[1]}, 3);
    const auto reference = reference_kernels().convolution(spec);
    const auto magnitudes = [](Blob blob) {
      float* values = blob.data().update();
      for (int64_t i = 0; i < blob.count(); ++i) values[i] = std::fabs(values[i]);
      return blob;
    };
    for (const auto& x_range : ranges) {
      for (const auto& w_range : ranges) {
        const Blob x = ranged(spec.bottom, 1, x_range), w = ranged(spec.weights, 2, w_range);
        const Blob expected = forward(*reference, spec, x, w, b);
        const Blob sums = forward(*reference, spec, magnitudes(ranged(spec.bottom, 1, x_range)),
                                  magnitudes(ranged(spec.weights, 2, w_range)), b);
        const float* values = sums.data().read();
        const double largest = *std::max_element(values, values + sums.count());
        for_each_convolution(spec, c, [&](Convolution& convolution, const std::string& name) {
          const Blob y = forward(convolution, spec, x, w, b);
          double error = 0;
          for (int64_t i = 0; i < y.count(); ++i) {
            error = std::max(error, std::fabs(static_cast<double>(y.data().read()[i]) -
                                              expected.data().read()[i]));
          }
          const bool small = convolution.implementation().find("F(2x2") != std::string::npos;
          if (error > (small ? kBound / 2 : kBound) * largest) {
            failed(__FILE__, __LINE__, str(name, " errs by ", error / largest));
          }
        });
      }
    }
  }
}

// Who comes late finds nothing left to do, and has the memory all the same.
TEST(winograd_threads_get_ready_one_and_all) {
  set_num_threads(3);
  for (const int64_t count : {2, 3, 100}) {
    std::atomic<int64_t> ready{0}, done{0};
    share_out(count, [&] { return ++ready; }, [&](int64_t, int64_t own) { done += own > 0; });
    CHECK_EQ(ready.load(), std::min<int64_t>(count, 3));
    CHECK_EQ(done.load(), count);
  }
  set_num_threads(0);
}

}  // namespace caffe::test
