#include "core/threads.hpp"

#include <omp.h>

#include <atomic>

namespace caffe {

namespace {

std::atomic<int> chosen_threads{0};
thread_local int own_threads = 0;

int default_threads() {
  static const int threads = omp_get_max_threads();
  return threads;
}

}  // namespace

void set_num_threads(int threads) {
  chosen_threads = threads;
}

int num_threads() {
  if (own_threads > 0) return own_threads;
  const int threads = chosen_threads.load(std::memory_order_relaxed);
  return threads > 0 ? threads : default_threads();
}

NumThreadsScope::NumThreadsScope(int threads) : before_(own_threads) {
  if (threads > 0) own_threads = threads;
}

NumThreadsScope::~NumThreadsScope() {
  own_threads = before_;
}

}  // namespace caffe
