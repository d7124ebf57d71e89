// What shows that the thread sanitizer sees into parallel loops: `racy race` has threads write one
// value without order, which has to be reported; `racy` lets each have its own, which must not be.
#include <cstdio>
#include <numeric>
#include <vector>

#include "core/threads.hpp"

int main(int arguments, char**) {
  const bool race = arguments > 1;
  std::vector<int64_t> counts(64);
  caffe::set_num_threads(4);
  caffe::parallel_for(64, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) counts[static_cast<size_t>(race ? 0 : i)] += i;
  });
  const int64_t sum = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  std::printf("%d\n", static_cast<int>(sum));
}
