#include "core/lru_cache.hpp"

#include "support/check.hpp"

namespace caffe {
namespace {

std::string keys(const LruCache<int>& cache) {
  std::string text;
  cache.for_each([&](const std::string& key, int) { text += key; });
  return text;
}

TEST(lru_cache_forgets_what_was_not_used_for_the_longest) {
  LruCache<int> cache(3);
  CHECK(cache.find("a") == nullptr);
  cache.put("a", 1), cache.put("b", 2), cache.put("c", 3);
  CHECK_EQ(*cache.find("a"), 1);
  CHECK_EQ(cache.put("d", 4), 4);
  CHECK_EQ(keys(cache), "dac");
  CHECK(cache.find("b") == nullptr);
  CHECK_EQ(cache.size(), 3u);
}

TEST(lru_cache_has_one_value_a_key) {
  LruCache<int> cache(2);
  cache.put("a", 1), cache.put("b", 2);
  CHECK_EQ(cache.put("a", 3), 3);
  CHECK_EQ(keys(cache), "ab");
  CHECK_EQ(*cache.find("a"), 3);
}

}  // namespace
}  // namespace caffe
