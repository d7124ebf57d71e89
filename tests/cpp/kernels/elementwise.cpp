// kernels/*/elementwise.cpp, vector.cpp, reductions.cpp and softmax.cpp.
#include "cpp/kernels/backends.hpp"
#include "kernels/functors.hpp"

namespace caffe::test {
namespace {

const Shape kShapes[] = {{1},           {7},          {3, 5},          {2, 3, 4, 5},
                         {2, 17, 3, 3}, {0, 3, 2, 2}, {4, 33, 19, 21}, {1, 1, 40, 40}};

// Runs body(kernels, blobs) on the reference and in every other way, on blobs of random values, and
// compares all of them afterwards.
void compare(const std::string& name, size_t blobs,
             const std::function<void(Kernels&, std::vector<Blob>&)>& body) {
  for (const Shape& shape : kShapes) {
    const auto fresh = [&] {
      std::vector<Blob> all;
      for (size_t i = 0; i < blobs; ++i) {
        all.push_back(random_blob(shape, static_cast<uint32_t>(i + 1)));
      }
      return all;
    };
    std::vector<Blob> expected = fresh();
    body(reference_kernels(), expected);
    for_each_run([&](const Run& run) {
      // Once with all operands in the run's order, once with the first of them only.
      for (const size_t settled : {blobs, size_t{1}}) {
        std::vector<Blob> got = fresh();
        for (size_t i = 0; i < settled; ++i) run.settle(got[i]);
        body(*run.kernels, got);
        for (size_t i = 0; i < blobs; ++i) {
          check_same(got[i], expected[i], str(name, " of ", shape, ", ", run.name, ", blob ", i),
                     1e-6);
        }
      }
    });
  }
}

}  // namespace

TEST(elementwise_is_the_reference_s) {
  for (const float slope : {0.0f, 0.1f, -0.5f}) {
    compare("relu", 2, [&](Kernels& k, auto& b) { k.relu(b[0].data(), slope, b[1].data()); });
    compare("relu in place", 1,
            [&](Kernels& k, auto& b) { k.relu(b[0].data(), slope, b[0].data()); });
    compare("relu backward", 3, [&](Kernels& k, auto& b) {
      k.relu_backward(b[0].data(), b[1].data(), slope, b[2].data());
    });
    compare("relu backward in place", 2, [&](Kernels& k, auto& b) {
      k.relu_backward(b[0].data(), b[1].data(), slope, b[1].data());
    });
  }
  compare("fill", 1, [](Kernels& k, auto& b) { k.fill(1.5f, b[0].data()); });
  compare("fill with zeros", 1, [](Kernels& k, auto& b) { k.fill(0, b[0].data()); });
  compare("copy", 2, [](Kernels& k, auto& b) { k.copy(b[0].data(), b[1].data()); });
  compare("copy to itself", 1, [](Kernels& k, auto& b) { k.copy(b[0].data(), b[0].data()); });
  compare("copy of zeros", 2, [](Kernels& k, auto& b) {
    b[0].data().clear();
    k.copy(b[0].data(), b[1].data());
  });
  compare("axpby", 2, [](Kernels& k, auto& b) { k.axpby(0.3f, b[0].data(), 2, b[1].data()); });
  compare("axpy", 2, [](Kernels& k, auto& b) { k.axpby(-1, b[0].data(), 1, b[1].data()); });
  compare("axpby with b 0", 2,
          [](Kernels& k, auto& b) { k.axpby(3, b[0].data(), 0, b[1].data()); });
  compare("axpby to zeros", 2, [](Kernels& k, auto& b) {
    b[1].data().clear();
    k.axpby(3, b[0].data(), 0.5f, b[1].data());
  });
  compare("axpby to itself", 1,
          [](Kernels& k, auto& b) { k.axpby(3, b[0].data(), 2, b[0].data()); });
  compare("scale", 1, [](Kernels& k, auto& b) { k.scale(-2.5f, b[0].data()); });
  for (const float exponent : {0.75f, 0.5f, 1.0f, 0.3f}) {
    compare("negative power", 2, [&](Kernels& k, auto& b) {
      k.negative_power(2, 0.5f, exponent, b[0].data(), b[1].data());
    });
  }
  compare("multiply", 3,
          [](Kernels& k, auto& b) { k.multiply(b[0].data(), b[1].data(), b[2].data()); });
  compare("square in place", 1,
          [](Kernels& k, auto& b) { k.multiply(b[0].data(), b[0].data(), b[0].data()); });
  compare("divide", 3, [](Kernels& k, auto& b) {
    k.axpby(1, b[1].data(), 0, b[2].data());
    k.map(functor::named(functor::Power{2, 1, 2}), b[1].data(), b[1].data());
    k.divide(b[0].data(), b[1].data(), b[2].data());
  });
  compare("divide by one value", 2, [](Kernels& k, auto& b) {
    for (const float divisor : {3.0f, 0.0f}) {
      Blob value = blob_of({1}, {divisor});
      k.divide_by(b[0].data(), value.data(), b[divisor == 0].data());
    }
  });
  for (const size_t count : {size_t{2}, size_t{3}, size_t{9}, size_t{20}}) {
    compare(str("weighted sum of ", count), count + 1, [=](Kernels& k, auto& b) {
      std::vector<ConstTensor> x;
      std::vector<float> factors;
      for (size_t i = 0; i < count; ++i) {
        x.push_back(b[i].data());
        factors.push_back(0.5f + static_cast<float>(i));
      }
      k.weighted_sum(x, factors, b[count].data());
    });
    compare(str("maximum of ", count), count + 3, [=](Kernels& k, auto& b) {
      std::vector<ConstTensor> x;
      for (size_t i = 0; i < count; ++i) x.push_back(b[i].data());
      k.maximum(x, b[count].data(), b[count + 1].data());
      k.select(b[count + 1].data(), 1, b[0].data(), b[count + 2].data());
    });
  }
  compare("dropout", 2, [](Kernels& k, auto& b) {
    k.dropout_mask(Rng(7, 3, 2), 0.4f, 2, b[0].data(), b[1].data());
  });
  compare("within channels", 6, [](Kernels& k, auto& b) {
    k.multiply(b[2].data(), b[2].data(), b[2].data());  // means of squares
    k.lrn_within_ratios(b[0].data(), b[1].data(), b[2].data(), b[3].data(), 0.7f, b[4].data());
    k.lrn_within_backward(b[0].data(), b[1].data(), b[3].data(), b[4].data(), 0.3f, b[5].data());
  });
  compare("weighted sum of one", 2,
          [](Kernels& k, auto& b) { k.weighted_sum({b[0].data()}, {3}, b[1].data()); });
  compare("weighted sum of four", 5, [](Kernels& k, auto& b) {
    k.weighted_sum({b[0].data(), b[1].data(), b[2].data(), b[3].data()}, {1, -2, 0.5f, 1},
                   b[4].data());
  });
  compare("weighted sum in place", 3, [](Kernels& k, auto& b) {
    k.weighted_sum({b[0].data(), b[1].data(), b[2].data()}, {2, 1, 1}, b[0].data());
  });
}

TEST(curves_are_the_reference_s) {
  for (int kind = functor::kAbsVal; kind <= functor::kThreshold; ++kind) {
    const Function function = {kind, 0.7f, 0.9f, 2};
    compare(str("function ", kind), 2,
            [=](Kernels& k, auto& b) { k.map(function, b[0].data(), b[1].data()); });
    compare(str("function in place ", kind), 1,
            [=](Kernels& k, auto& b) { k.map(function, b[0].data(), b[0].data()); });
    compare(str("gradient of function ", kind), 4, [=](Kernels& k, auto& b) {
      k.map_backward(function, b[0].data(), b[1].data(), b[2].data(), b[3].data());
      k.map_backward(function, b[0].data(), b[1].data(), b[2].data(), b[2].data());
    });
  }
}

// Over the whole range, relative to the exact value.
TEST(curves_are_accurate) {
  std::vector<float> values;
  for (float x = 1e-30f; x < 200; x *= 1.003f) values.insert(values.end(), {x, -x});
  const auto count = static_cast<int64_t>(values.size());
  Blob x = blob_of({count}, values), y(Shape{count});
  const std::pair<Function, std::function<double(double)>> curves[] = {
      {{functor::kSigmoid}, [](double v) { return 1 / (1 + std::exp(-v)); }},
      {{functor::kTanh}, [](double v) { return std::tanh(v); }},
      {{functor::kElu, 2}, [](double v) { return v > 0 ? v : 2 * (std::exp(v) - 1); }},
      {{functor::kSwish, 1}, [](double v) { return v / (1 + std::exp(-v)); }}};
  for (const auto& [curve, exact] : curves) {
    cpu_kernels().map(curve, x.data(), y.data());
    // exp(x) - 1 has the accuracy of 1; below the normal numbers all is 0.
    const double absolute = curve.kind == functor::kElu ? 3e-7 : 1e-36;
    for (int64_t i = 0; i < count; ++i) {
      CHECK_NEAR(y.data().read()[i], exact(x.data().read()[i]), 4e-7, absolute);
    }
  }
}

TEST(curves_of_what_is_no_number) {
  for (Kernels* kernels : all_backends()) {
    Blob x = blob_of({3}, {NAN, INFINITY, -INFINITY}), y(Shape{3});
    const std::pair<Function, std::vector<float>> curves[] = {
        {{functor::kSigmoid}, {NAN, 1, 0}},
        {{functor::kTanh}, {NAN, 1, -1}},
        {{functor::kElu, 2}, {NAN, INFINITY, -2}}};
    for (const auto& [curve, expected] : curves) {
      kernels->map(curve, x.data(), y.data());
      for (int i = 0; i < 3; ++i) CHECK_NEAR(y.data().read()[i], expected[i], 0, 0);
    }
  }
}

TEST(elementwise_of_other_axes) {
  Blob x = random_blob({2, 6, 4, 4}, 1), y(Shape{2, 96});
  x.data().update(Place::kHostNhwc);
  cpu_kernels().copy(x.data(), y.data());
  for (int64_t i = 0; i < x.count(); ++i) CHECK_EQ(y.data().read()[i], x.data().read()[i]);
  Blob z = random_blob({4, 3, 4, 4}, 2), sum(Shape{2, 6, 4, 4});
  z.data().update(Place::kHostNhwc);
  cpu_kernels().copy(z.data(), sum.data());
  cpu_kernels().axpby(1, x.data(), 1, sum.data());
  for (int64_t i = 0; i < x.count(); ++i) {
    CHECK_EQ(sum.data().read()[i], x.data().read()[i] + z.data().read()[i]);
  }
}

TEST(elementwise_keeps_nan) {
  for (Kernels* kernels : all_backends()) {
    for (const float slope : {0.0f, 0.1f}) {
      Blob x(Shape{40});
      x.data().write()[33] = NAN;
      kernels->relu(x.data(), slope, x.data());
      CHECK(std::isnan(x.data().read()[33]));
      CHECK_EQ(x.data().read()[32], 0);
    }
  }
}

TEST(reductions_are_the_reference_s) {
  for (const Shape& shape :
       {Shape{1}, Shape{1000}, Shape{2, 3, 40, 50}, Shape{0, 3}, Shape{100001}}) {
    Blob x = random_blob(shape, 1), y = random_blob(shape, 2);
    Kernels& k = reference_kernels();
    const double sums[] = {k.sum_of_magnitudes(x.data()), k.sum_of_squares(x.data()),
                           k.dot(x.data(), y.data())};
    std::vector<std::vector<double>> by_place[2];
    for_each_run([&](const Run& run) {
      run.settle(x);
      const std::vector<double> got = {run.kernels->sum_of_magnitudes(x.data()),
                                       run.kernels->sum_of_squares(x.data()),
                                       run.kernels->dot(x.data(), y.data())};
      const double tolerance = run.kernels->device().is_host() ? 1e-12 : 1e-6;  // floats there
      for (size_t i = 0; i < 3; ++i) CHECK_NEAR(got[i], sums[i], tolerance, 1e-9);
      // Not one bit may depend on the number of threads.
      if (run.kernels == &cpu_kernels()) by_place[run.place == Place::kHost].push_back(got);
    });
    for (const auto& results : by_place) {
      for (const auto& result : results) CHECK(result == results[0]);
    }
  }
}

TEST(rows_are_reduced_as_by_the_reference) {
  for (const int64_t rows : {1, 3, 60}) {
    for (const auto kind : {Reduction::kSum, Reduction::kSumOfMagnitudes, Reduction::kSumOfSquares,
                            Reduction::kDot}) {
      const auto run_on = [&](const Run& run) {
        Blob x = random_blob({3, 20, 5, 7}, 1), z = random_blob({3, 20, 5, 7}, 2);
        run.settle(x);
        Blob y(Shape{rows});
        run.kernels->reduce(kind, x.data(), z.data(), 0.3, y.data());
        return y;
      };
      const Blob expected = run_on({&reference_kernels(), Place::kHost, ""});
      for_each_run([&](const Run& run) {
        check_same(run_on(run), expected, str("reduction ", int(kind), ", ", run.name), 1e-6);
      });
    }
  }
}

TEST(softmax_is_the_reference_s) {
  const struct {
    Shape shape;
    SoftmaxSpec spec;
  } cases[] = {
      {{4, 10}, {4, 10, 1}},         {{1, 1}, {1, 1, 1}},        {{3, 5, 2, 7}, {3, 5, 14}},
      {{3, 5, 2, 7}, {15, 2, 7}},    {{3, 5, 2, 7}, {30, 7, 1}}, {{3, 5, 2, 7}, {1, 3, 70}},
      {{2, 21, 9, 11}, {2, 21, 99}}, {{0, 4}, {0, 4, 1}},        {{64, 1000, 1, 1}, {64, 1000, 1}}};
  for (const auto& [shape, spec] : cases) {
    const auto run_all = [&, &shape = shape, &spec = spec](const Run& run, bool in_place) {
      std::vector<Blob> results;
      for (int i = 0; i < 2; ++i) results.emplace_back(shape);
      Blob x = random_blob(shape, 1), dy = random_blob(shape, 2);
      run.kernels->scale(30, x.data());
      run.settle(x);
      run.settle(dy);
      Blob& y = in_place ? x : results[0];
      run.kernels->softmax(x.data(), spec, y.data());
      if (in_place) run.kernels->copy(x.data(), results[0].data());
      run.kernels->softmax_backward(y.data(), dy.data(), spec, results[1].data());
      return results;
    };
    const auto expected = run_all({&reference_kernels(), Place::kHost, ""}, false);
    for_each_run([&, &shape = shape](const Run& run) {
      for (const bool in_place : {false, true}) {
        const auto got = run_all(run, in_place);
        check_same(got[0], expected[0], str("softmax of ", shape, ", ", run.name), 1e-6);
        check_same(got[1], expected[1], str("softmax backward of ", shape, ", ", run.name), 1e-6);
      }
    });
  }
}

TEST(softmax_of_known_values) {
  for (Kernels* kernels : all_backends()) {
    Blob x = blob_of({1, 3}, {1000, 1000 + std::log(2.0f), 1000 + std::log(5.0f)}), y(Shape{1, 3});
    kernels->softmax(x.data(), {1, 3, 1}, y.data());
    const double expected[] = {0.125, 0.25, 0.625};
    for (int i = 0; i < 3; ++i) CHECK_NEAR(y.data().read()[i], expected[i], 1e-4, 0);
  }
}

TEST(backends_are_found_by_name) {
  CHECK_EQ(&kernels_by_name("reference"), &reference_kernels());
  CHECK_EQ(&kernels_by_name("cpu"), &cpu_kernels());
  CHECK_FAILS(Status::kNotFound, "did you mean \"cpu\"", kernels_by_name("cpi"));
}

}  // namespace caffe::test
