#include "core/threads.hpp"

#include <vector>

#include "support/check.hpp"

namespace caffe {
namespace {

TEST(threads_parallel_for_covers_each_index_once) {
  for (int threads : {1, 2, 5}) {
    set_num_threads(threads);
    CHECK_EQ(num_threads(), threads);
    for (int64_t count : {0, 1, 2, 7, 1000}) {
      std::vector<int> visits(static_cast<size_t>(count));
      parallel_for(count, 3, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
      });
      for (int visit : visits) CHECK_EQ(visit, 1);
    }
  }
  set_num_threads(0);
  CHECK(num_threads() >= 1);
}

}  // namespace
}  // namespace caffe
