#include "core/threads.hpp"

#include <omp.h>

#include <atomic>

namespace caffe {

namespace {

std::atomic<int> chosen_threads{0};
thread_local int own_threads = 0;

// Asked when the library is loaded: later a caller may be within a region of fewer.
const int default_threads = omp_get_max_threads();

}  // namespace

void set_num_threads(int threads) {
  chosen_threads = threads;
}

int num_threads() {
  if (own_threads > 0) return own_threads;
  const int threads = chosen_threads.load(std::memory_order_relaxed);
  return threads > 0 ? threads : default_threads;
}

NumThreadsScope::NumThreadsScope(int threads) : before_(own_threads) {
  if (threads > 0) own_threads = threads;
}

NumThreadsScope::~NumThreadsScope() {
  own_threads = before_;
}

}  // namespace caffe
