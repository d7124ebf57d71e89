#include "core/rng.hpp"

#include <map>
#include <vector>

#include "support/check.hpp"

namespace caffe {
namespace {

// Known answers of the algorithm's authors (Random123, kat_vectors, philox4x32 with 10 rounds).
TEST(rng_philox_known_answers) {
  CHECK(philox(0, 0, 0) ==
        (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK(philox(~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}) ==
        (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(rng_streams_and_blocks_differ_and_repeat) {
  Rng a(1, 2, 3), b(1, 2, 3), other_stream(1, 3, 3), other_block(1, 2, 4);
  const uint32_t first = a();
  CHECK_EQ(first, b());
  CHECK(first != other_stream());
  CHECK(first != other_block());
}

TEST(rng_uniform_and_gaussian_have_their_moments) {
  Rng rng(5, 0);
  const int n = 200000;
  double sum = 0, normal = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    const float u = rng.uniform();
    CHECK(u >= 0 && u < 1);
    sum += u;
    const float g = rng.gaussian();
    normal += g;
    squares += double{g} * g;
  }
  CHECK_NEAR(sum / n, 0.5, 0, 0.005);
  CHECK_NEAR(normal / n, 0, 0, 0.01);
  CHECK_NEAR(squares / n, 1, 0, 0.02);
}

TEST(rng_below_stays_below_and_reaches_all) {
  Rng rng(9, 1);
  std::vector<int> seen(7);
  for (int i = 0; i < 7000; ++i) ++seen.at(rng.below(7));
  for (int count : seen) CHECK(count > 800 && count < 1200);
}

TEST(rng_shuffle_reaches_each_order_alike) {
  Rng rng(3, 4);
  std::map<std::vector<int>, int> seen;
  for (int i = 0; i < 6000; ++i) {
    std::vector<int> values{1, 2, 3};
    shuffle(values, rng);
    ++seen[values];
  }
  CHECK_EQ(seen.size(), 6u);
  for (const auto& [order, count] : seen) CHECK(count > 800 && count < 1200);
  Rng unused(3, 4), used(3, 4);
  std::vector<int> none, one{7};
  shuffle(none, used);
  shuffle(one, used);
  CHECK(none.empty() && one == std::vector<int>{7});
  CHECK_EQ(used(), unused());  // there was no choice to make
}

TEST(rng_nets_are_seeded_by_order_of_creation) {
  set_random_seed(42);
  const uint64_t first = next_net_seed(), second = next_net_seed();
  CHECK(first != second);
  set_random_seed(42);
  CHECK_EQ(next_net_seed(), first);
  CHECK_EQ(next_net_seed(), second);
}

}  // namespace
}  // namespace caffe
