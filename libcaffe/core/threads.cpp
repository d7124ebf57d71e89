#include "core/threads.hpp"

#include <omp.h>

#include <atomic>

namespace caffe {

namespace {

std::atomic<int> chosen_threads{0};

int default_threads() {
  static const int threads = omp_get_max_threads();
  return threads;
}

}  // namespace

void set_num_threads(int threads) {
  chosen_threads = threads;
}

int num_threads() {
  const int threads = chosen_threads.load(std::memory_order_relaxed);
  return threads > 0 ? threads : default_threads();
}

}  // namespace caffe
