// The number of compute threads, and loops split over them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <vector>

#include "core/divide_up.hpp"

namespace caffe {

// More than this is a slip, and the OpenMP runtime ends the process when it cannot have them.
constexpr int kMostThreads = 1024;

// The process's number; 0 asks for the default: what OMP_NUM_THREADS or the machine says.
void set_num_threads(int threads);
// The calling thread's: the process's, unless a NumThreadsScope says something else.
int num_threads();

// While it lives, what the calling thread computes uses so many threads; 0: as before.
class NumThreadsScope {
 public:
  explicit NumThreadsScope(int threads);
  ~NumThreadsScope();
  NumThreadsScope(const NumThreadsScope&) = delete;
  NumThreadsScope& operator=(const NumThreadsScope&) = delete;

 private:
  const int before_;
};

// How many items a thread should have at least when each means `values` values of simple work:
// waking another one costs as much as tens of thousands of them.
inline int64_t grain_of(int64_t values) {
  constexpr int64_t kWorthAThread = 16 * 1024;
  return kWorthAThread / (values + 1) + 1;
}

// Calls body(begin, end) on disjoint parts that cover [0, count), each at least `grain` long
// (but the last), on several threads when there is enough to do. `body` must not throw.
template <class Body>
void parallel_for(int64_t count, int64_t grain, const Body& body) {
  if (count <= 0) return;
  const int64_t parts = grain < 1 ? count : divide_up(count, grain);
  const int threads = static_cast<int>(parts < num_threads() ? parts : num_threads());
  if (threads <= 1) {
    body(int64_t{0}, count);
    return;
  }
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int thread = 0; thread < threads; ++thread) {
    body(count * thread / threads, count * (thread + 1) / threads);
  }
}

// body(i) for every i in [0, count), on several threads; when calls throw, the first one's
// exception goes on when all have ended.
template <class Body>
void parallel_for_throwing(int64_t count, const Body& body) {
  std::vector<std::exception_ptr> errors(static_cast<size_t>(count));
  parallel_for(count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      try {
        body(i);
      } catch (...) {
        errors[static_cast<size_t>(i)] = std::current_exception();
      }
    }
  });
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

// The sum of term(i) for i in [0, count), in double precision and the same for any number of
// threads: blocks of fixed size are summed first, then their sums in order. `term` must not throw.
template <class Term>
double parallel_sum(int64_t count, const Term& term) {
  constexpr int64_t kBlock = 4096;
  std::vector<double> sums(static_cast<size_t>(divide_up(count, kBlock)));
  parallel_for(static_cast<int64_t>(sums.size()), 2, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t stop = std::min(count, (block + 1) * kBlock);
      double sum = 0;
      for (int64_t i = block * kBlock; i < stop; ++i) sum += term(i);
      sums[static_cast<size_t>(block)] = sum;
    }
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace caffe
