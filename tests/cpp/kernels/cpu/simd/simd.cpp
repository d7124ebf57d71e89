// kernels/cpu/simd/: every table is whole, and every instruction set computes what the plain one
// does.
#include "kernels/cpu/simd/simd.hpp"

#include <cmath>
#include <cstring>

#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

// body(set, the plain one) for every instruction set of this machine.
template <class Body>
void for_each_set(const Body& body) {
  const std::vector<const Simd*> all = all_simd();
  for (const Simd* const set : all) body(*set, *all.back());
}

constexpr int64_t kCounts[] = {0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100};

}  // namespace

TEST(instruction_sets_end_with_the_plain_one) {
  const std::vector<const Simd*> all = all_simd();
  CHECK_EQ(std::string(all.back()->name), "plain");
  CHECK_EQ(&simd(), all.front());
}

TEST(tables_of_instruction_sets_are_whole) {
  for_each_set([](const Simd& set, const Simd&) {
    // Pointers to functions, one behind the other.
    void* functions[sizeof(Loops) / sizeof(void*)];
    std::memcpy(functions, &set.loops, sizeof functions);
    for (void* const function : functions) CHECK(function != nullptr);
    CHECK(set.weight_products.backward_weights != nullptr);
    CHECK(set.panel_products.panel > 0 && set.panel_products.multiply_transposed != nullptr);
    for (const WinogradTransforms& each : set.winograd.transforms) CHECK(each.output != nullptr);
    for (const auto& each : set.winograd.gradients) CHECK(each.weights != nullptr);
  });
}

// What lies behind the values stays, and what they are does not depend on how many there are.
TEST(curves_of_instruction_sets_agree) {
  const Blob x = random_blob({200}, 1);
  for_each_set([&](const Simd& set, const Simd& plain) {
    const auto pairs = {std::pair(set.loops.sigmoid, plain.loops.sigmoid),
                        std::pair(set.loops.tanh, plain.loops.tanh),
                        std::pair(set.loops.elu, plain.loops.elu),
                        std::pair(set.loops.swish, plain.loops.swish)};
    for (const auto& [loop, expected] : pairs) {
      for (const int64_t count : kCounts) {
        Blob a = random_blob({200}, 2), b = random_blob({200}, 2);
        loop(x.data().read(), 0.7f, a.data().update(), count);
        expected(x.data().read(), 0.7f, b.data().update(), count);
        check_same(a, b, str(set.name, " of ", count), 1e-6);
      }
    }
  });
}

TEST(negative_powers_of_instruction_sets_agree) {
  const Blob x = random_blob({200}, 1);
  for_each_set([&](const Simd& set, const Simd& plain) {
    for (const float exponent : {0.75f, 0.5f, 1.0f, 0.3f}) {
      for (const int64_t count : kCounts) {
        Blob a = random_blob({200}, 2), b = random_blob({200}, 2);
        set.loops.negative_power(2, 0.5f, exponent, x.data().read(), a.data().update(), count);
        plain.loops.negative_power(2, 0.5f, exponent, x.data().read(), b.data().update(), count);
        check_same(a, b, str(set.name, ", exponent ", exponent, " of ", count), 1e-6);
      }
    }
  });
}

TEST(panel_products_of_instruction_sets_are_the_sums_they_say) {
  constexpr int64_t kBlock = PanelProducts::kBlock;
  for_each_set([&](const Simd& set, const Simd&) {
    const int64_t panel = set.panel_products.panel;
    for (const int64_t rows : {1, 2, 13, 14, 15, 30}) {
      for (const int64_t depth : {1, 15, 16, 17, 40}) {
        const int64_t blocks = (depth + kBlock - 1) / kBlock;
        const Blob a = random_blob({blocks, rows, kBlock}, 1), b = random_blob({depth, panel}, 2);
        for (const bool add : {false, true}) {
          Blob got = random_blob({rows, panel}, 3), expected = random_blob({rows, panel}, 3);
          set.panel_products.multiply(a.data().read(), rows * kBlock, rows, depth, b.data().read(),
                                      add, got.data().update(), {});
          float* values = expected.data().update();
          for (int64_t r = 0; r < rows; ++r) {
            for (int64_t j = 0; j < panel; ++j) {
              double sum = add ? values[r * panel + j] : 0;
              for (int64_t k = 0; k < depth; ++k) {
                sum += static_cast<double>(
                           a.data().read()[(k / kBlock * rows + r) * kBlock + k % kBlock]) *
                       b.data().read()[k * panel + j];
              }
              values[r * panel + j] = static_cast<float>(sum);
            }
          }
          check_same(got, expected, str(set.name, ": ", rows, " x ", depth, add ? " added" : ""));
        }
      }
    }
  });
}

}  // namespace caffe::test
