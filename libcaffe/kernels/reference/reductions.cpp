// Reductions of rows, in double precision.
#include <cmath>

#include "core/threads.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

// use(term), the value that number i adds.
template <class Use>
void with_term(int reduction, const float* x, const float* z, const Use& use) {
  switch (reduction) {
    case CAFFE_SUM:
      return use([=](int64_t i) { return double{x[i]}; });
    case CAFFE_SUM_OF_MAGNITUDES:
      return use([=](int64_t i) { return double{std::fabs(x[i])}; });
    case CAFFE_SUM_OF_SQUARES:
      return use([=](int64_t i) { return double{x[i]} * x[i]; });
    case CAFFE_DOT:
      return use([=](int64_t i) { return double{x[i]} * z[i]; });
    default:
      return;
  }
}

}  // namespace

double total(int reduction, const float* x, const float* z, int64_t count) {
  double sum = 0;
  with_term(reduction, x, z, [&](const auto& term) { sum = parallel_sum(count, term); });
  return sum;
}

void reduce(int reduction, const float* x, const float* z, int64_t rows, int64_t columns,
            double factor, float* y) {
  if (rows == 1) {
    *y = static_cast<float>(factor * total(reduction, x, z, columns));
    return;
  }
  with_term(reduction, x, z, [&](const auto& term) {
    parallel_for(rows, grain_of(columns), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        double sum = 0;
        for (int64_t i = row * columns; i < (row + 1) * columns; ++i) sum += term(i);
        y[row] = static_cast<float>(factor * sum);
      }
    });
  });
}

}  // namespace caffe::reference
