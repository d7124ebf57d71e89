// What the kernels' tests share: blobs of random values, and a comparison with the reference that
// runs every other backend with one and with two threads, on plain and on channels-last operands.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "core/blob.hpp"
#include "core/threads.hpp"
#include "kernels/kernels.hpp"
#include "support/check.hpp"

namespace caffe::test {

// Values in [-1, 1), the same for the same seed.
inline Blob random_blob(const Shape& shape, uint32_t seed) {
  Blob blob(shape);
  std::mt19937 engine(seed);
  float* data = blob.data().write();
  for (int64_t i = 0; i < shape.count(); ++i) {
    data[i] = static_cast<float>(engine() % 20001) / 10000.0f - 1;
  }
  return blob;
}

inline Blob blob_of(const Shape& shape, const std::vector<float>& values) {
  Blob blob(shape);
  float* data = blob.data().write();
  for (size_t i = 0; i < values.size(); ++i) data[i] = values[i];
  return blob;
}

// How a backend is run.
struct Run {
  Kernels* kernels;
  Place place;  // where operands are valid, and nowhere else
  std::string name;

  // Moves a blob's data to `place`: an update there makes the other replicas stale.
  void settle(Blob& blob) const {
    if (place != Place::kHost && blob.count() > 0) blob.data().update(place);
  }
};

// Calls body(run) for every way to run every backend but the reference itself on plain operands.
inline void for_each_run(const std::function<void(const Run&)>& body) {
  for (Kernels* kernels : all_backends()) {
    for (const Place place : {Place::kHost, Place::kHostNhwc}) {
      for (const int threads : {1, 2}) {
        if (kernels == &reference_kernels() && threads == 2) continue;
        set_num_threads(threads);
        body({kernels, place,
              str(kernels->name(), place == Place::kHost ? " NCHW " : " NHWC ", threads,
                  " threads")});
      }
    }
  }
  set_num_threads(0);
}

// Errors may be as large as `tolerance` times the largest value: what a sum of floats in another
// order comes to.
inline void check_same(const Blob& got, const Blob& expected, const std::string& what,
                       double tolerance = 2e-5) {
  const float* a = got.data().read();
  const float* b = expected.data().read();
  double largest = 1e-3;
  for (int64_t i = 0; i < expected.count(); ++i) {
    if (std::isfinite(b[i])) largest = std::max(largest, std::fabs(static_cast<double>(b[i])));
  }
  for (int64_t i = 0; i < expected.count(); ++i) {
    if (!near(a[i], b[i], 0, tolerance * largest)) {
      failed(__FILE__, __LINE__, str(what, ": value ", i, " is ", a[i], ", not ", b[i]));
    }
  }
}

// Runs body(run), which gives some results, on the reference and in every other way, and compares
// them.
inline void compare_runs(const std::string& what,
                         const std::function<std::vector<Blob>(const Run&)>& body,
                         double tolerance = 1e-6) {
  const std::vector<Blob> expected = body({&reference_kernels(), Place::kHost, ""});
  for_each_run([&](const Run& run) {
    const std::vector<Blob> got = body(run);
    for (size_t i = 0; i < expected.size(); ++i) {
      check_same(got[i], expected[i], str(what, ", ", run.name, ", result ", i), tolerance);
    }
  });
}

// Fails unless the values are these.
inline void check_values(const Blob& got, const std::vector<float>& expected,
                         const std::string& what, double tolerance = 1e-6) {
  check_same(got, blob_of({static_cast<int64_t>(expected.size())}, expected), what, tolerance);
  CHECK_EQ(got.count(), static_cast<int64_t>(expected.size()));
}

}  // namespace caffe::test
