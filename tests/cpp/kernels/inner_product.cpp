// kernels/*/inner_product.cpp and gemm.cpp.
#include <bit>
#include <cmath>
#include <limits>

#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

struct Case {
  int64_t rows, inputs, outputs;
  bool bias = true;
};

const Case kCases[] = {{1, 7, 5},
                       {64, 80, 50},
                       {64, 50, 10},
                       {3, 1, 4},
                       {5, 9, 1},
                       {2, 33, 17},
                       {17, 130, 35, false},
                       {0, 4, 3},
                       {100, 16, 64, false},
                       {76, 530, 21},
                       {1, 530, 21},
                       {4, 100, 30, false},
                       {3, 37, 9},
                       {6, 70, 13},
                       {31, 11000, 9},
                       {1, 1024, 65},
                       {10, 1024, 70},
                       {31, 640, 107},
                       {48, 192, 400}};

}  // namespace

TEST(inner_product_is_the_reference_s) {
  for (const Case& c : kCases) {
    for (const bool transposed : {false, true}) {
      for (const bool training : {false, true}) {
        const InnerProductSpec spec{c.rows, c.inputs, c.outputs, transposed, c.bias, training};
        const Shape weights = transposed ? Shape{c.inputs, c.outputs} : Shape{c.outputs, c.inputs};
        const auto run_all = [&](Kernels& kernels, bool cleared) {
          Blob x = random_blob({c.rows, c.inputs}, 1), w = random_blob(weights, 2);
          Blob b = random_blob({c.outputs}, 3), dy = random_blob({c.rows, c.outputs}, 4);
          std::vector<Blob> results = {Blob(Shape{c.rows, c.outputs}),
                                       Blob(Shape{c.rows, c.inputs}), random_blob(weights, 5),
                                       random_blob({c.outputs}, 6)};
          if (cleared) results[2].data().clear(), results[3].data().clear();
          std::optional<ConstTensor> b_data;
          std::optional<Tensor> db;
          if (c.bias) b_data = b.data(), db = results[3].data();
          const auto inner_product = kernels.inner_product(spec);
          inner_product->forward(x.data(), w.data(), b_data, results[0].data());
          // A second time, after the weights have changed.
          if (w.count() > 0) w.data().update()[0] = 5;
          inner_product->forward(x.data(), w.data(), b_data, results[0].data());
          inner_product->backward_data(dy.data(), w.data(), results[1].data());
          inner_product->backward_weights(x.data(), dy.data(), results[2].data(), db);
          return results;
        };
        for (const bool cleared : {false, true}) {
          const auto expected = run_all(reference_kernels(), cleared);
          for (const int threads : {1, 2}) {
            set_num_threads(threads);
            const auto got = run_all(cpu_kernels(), cleared);
            for (size_t i = 0; i < got.size(); ++i) {
              check_same(got[i], expected[i],
                         str(c.rows, " x ", c.inputs, " x ", c.outputs, " result ", i));
            }
          }
        }
      }
    }
  }
  set_num_threads(0);
}

float rounded_to_bf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t below = bits & 0xffff0000u, above = below + 0x10000u;
  const uint32_t rest = bits & 0xffffu;
  const bool up = rest > 0x8000u || (rest == 0x8000u && (below & 0x10000u) != 0);
  return std::bit_cast<float>(up ? above : below);
}

// What the reference makes of weights that have been rounded.
TEST(inner_product_with_bf16_weights_is_exact_but_for_their_rounding) {
  for (const Case& c : kCases) {
    for (const bool transposed : {false, true}) {
      InnerProductSpec spec{c.rows, c.inputs, c.outputs, transposed, c.bias, false, true};
      Blob x = random_blob({c.rows, c.inputs}, 1), b = random_blob({c.outputs}, 3);
      Blob w = random_blob(transposed ? Shape{c.inputs, c.outputs} : Shape{c.outputs, c.inputs}, 2);
      w.data().update()[0] = 1 + 0x1p-8f;  // in the middle, and the lower one is even
      Blob rounded(w.shape()), expected(Shape{c.rows, c.outputs}), got(Shape{c.rows, c.outputs});
      std::optional<ConstTensor> bias;
      if (c.bias) bias = b.data();
      const auto bf16 = cpu_kernels().inner_product(spec);
      const auto exact = reference_kernels().inner_product(spec);
      for (int time = 0; time < 2; ++time) {
        float* to = rounded.data().write();
        for (int64_t i = 0; i < w.count(); ++i) {
          const float value = w.data().read()[i];
          to[i] = transposed ? value : rounded_to_bf16(value);  // those stay as they are
        }
        bf16->forward(x.data(), w.data(), bias, got.data());
        exact->forward(x.data(), rounded.data(), bias, expected.data());
        check_same(got, expected, str(c.rows, " x ", c.inputs, " x ", c.outputs, " bf16"));
        w.data().update()[0] = 5 - 0x1p-20f;  // rounded up; and it is another version
      }
      const bool has_bf16 = bf16->implementation().find("bf16") != std::string::npos;
      if (c.rows > 0) CHECK_EQ(has_bf16, !transposed);
      spec.training = true;
      CHECK(cpu_kernels().inner_product(spec)->implementation().find("bf16") == std::string::npos);
    }
  }
}

TEST(inner_product_with_bf16_weights_keeps_what_is_not_finite) {
  const float infinity = std::numeric_limits<float>::infinity();
  Blob x(Shape{1, 1}), w(Shape{4, 1}), y(Shape{1, 4});
  x.data().write()[0] = 1;
  const float special[] = {infinity, -infinity, std::bit_cast<float>(0x7f800001u),
                           std::numeric_limits<float>::max()};
  std::copy(special, special + 4, w.data().write());
  cpu_kernels()
      .inner_product({1, 1, 4, false, false, false, true})
      ->forward(x.data(), w.data(), std::nullopt, y.data());
  const float* got = y.data().read();
  CHECK_EQ(got[0], infinity);
  CHECK_EQ(got[1], -infinity);
  CHECK(std::isnan(got[2]));
  CHECK_EQ(got[3], infinity);  // the nearest
}

TEST(gemm_is_the_reference_s) {
  const int64_t sizes[][3] = {{1, 1, 1},  {3, 5, 7},   {33, 17, 64},
                              {1, 40, 9}, {16, 1, 16}, {4, 4, 0}};
  for (const auto& [m, n, k] : sizes) {
    for (int bits = 0; bits < 4; ++bits) {
      for (const float beta : {0.0f, 1.0f, -0.5f}) {
        Blob a = random_blob({m, k}, 1), b = random_blob({k, n}, 2);
        Blob expected = random_blob({m, n}, 3), got = random_blob({m, n}, 3);
        const auto run = [&, m = m, n = n, k = k](Kernels& kernels, Blob& c) {
          kernels.gemm(bits & 1, bits & 2, m, n, k, 0.7f, {a.data()}, {b.data()}, beta, c.data());
        };
        run(reference_kernels(), expected);
        for (Kernels* kernels : all_backends()) {
          got = random_blob({m, n}, 3);
          run(*kernels, got);
          check_same(
              got, expected,
              str(kernels->name(), " ", m, " x ", n, " x ", k, " beta ", beta, " bits ", bits));
        }
      }
    }
  }
}

TEST(reference_gemm_of_known_values) {
  const Blob a = blob_of({7}, {9, 1, 2, 3, 4, 5, 6});  // from 1 on 2 x 3
  const Blob b = blob_of({6}, {1, 0, 0, 1, 1, 1});     // 3 x 2
  for (Kernels* kernels : all_backends()) {
    Blob c = blob_of({6}, {7, 100, 100, 100, 100, 8});
    kernels->gemm(false, false, 2, 2, 3, 1, {a.data(), 1}, {b.data()}, 0, c.data(), 1);
    const float product[] = {7, 4, 5, 10, 11, 8};  // what lies around stays
    for (int i = 0; i < 6; ++i) CHECK_EQ(c.data().read()[i], product[i]);
    // The same a as a transposed 3 x 2, b as a transposed 2 x 3, half of what was there.
    Blob d = blob_of({9}, std::vector<float>(9, 2));
    kernels->gemm(true, true, 3, 3, 2, 1, {a.data(), 1}, {b.data()}, 0.5f, d.data());
    const float other[] = {2, 5, 6, 3, 6, 8, 4, 7, 10};
    for (int i = 0; i < 9; ++i) CHECK_EQ(d.data().read()[i], other[i]);
  }
}

}  // namespace caffe::test
