#include "core/memory_pool.hpp"

#include "core/blob.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

TEST(memory_pool_gives_the_smallest_piece_that_will_do) {
  MemoryPool pool;
  const auto large = pool.take(800'000), small = pool.take(600'000);
  const float *large_values = large->values(), *small_values = small->values();
  pool.give(large), pool.give(small);
  CHECK(pool.take(560'000)->values() == small_values);
  CHECK(pool.take(560'000)->values() == large_values);
  CHECK_EQ(pool.size(), int64_t{1'400'000});
}

TEST(memory_pool_does_not_waste_large_pieces) {
  MemoryPool pool;
  const auto large = pool.take(4'000'000);
  const float* values = large->values();
  pool.give(large);
  CHECK(pool.take(400'000)->values() != values);
}

TEST(memory_pool_frees_what_nobody_takes) {
  MemoryPool pool;
  pool.give(pool.take(400));
  pool.trim();
  CHECK_EQ(pool.size(), int64_t{400});
  pool.give(pool.take(400));
  pool.trim();
  CHECK_EQ(pool.size(), int64_t{400});
  pool.trim();
  CHECK_EQ(pool.size(), int64_t{0});
}

TEST(storage_released_to_a_pool_takes_memory_for_its_next_value) {
  const auto pool = std::make_shared<MemoryPool>();
  Blob blob(Shape{1000}), other(Shape{1000});
  for (Blob* each : {&blob, &other}) each->data_storage()->use_pool(pool);
  blob.data().write()[0] = 7;
  blob.data_storage()->release();
  CHECK(blob.data().empty());
  other.data().write()[0] = 8;
  CHECK_EQ(pool->size(), int64_t{4000});
  CHECK_EQ(blob.data().read()[0], 0.0f);  // zeros, whatever was in the piece before
  CHECK_EQ(other.data().read()[0], 8.0f);
  CHECK_EQ(pool->size(), int64_t{8000});
}

TEST(storage_of_a_pool_grows) {
  const auto pool = std::make_shared<MemoryPool>();
  Blob blob(Shape{1000});
  blob.data_storage()->use_pool(pool);
  blob.reshape({10});
  blob.data().write()[9] = 1;
  blob.reshape({1000});  // as large as ever, but larger than the value at hand
  CHECK_EQ(blob.data().read()[999], 0.0f);
}

}  // namespace
}  // namespace caffe
