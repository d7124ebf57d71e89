// kernels/rows.cpp, and walks through tensors.
#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

Blob indices(int64_t count, int64_t extent) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i * i % extent) + 0.25f);
  return blob_of({count}, values);
}

TEST(rows_by_index_are_the_reference_s) {
  for (const int64_t width : {1, 3, 257}) {
    compare_runs(str("rows of ", width), [&](const Run& run) {
      Blob x = random_blob({7, width}, 1), index = indices(300, 7), y(Shape{300, width});
      Blob dy = random_blob(y.shape(), 2), dx = random_blob(x.shape(), 3);
      run.kernels->gather_rows(x.data(), index.data(), width, y.data());
      run.kernels->add_rows(dy.data(), index.data(), width, dx.data());
      return std::vector<Blob>{y, dx};
    });
  }
}

TEST(rows_by_index_of_known_values) {
  for (Kernels* kernels : all_backends()) {
    Blob x = blob_of({3, 2}, {1, 2, 3, 4, 5, 6}), picked(Shape{3, 2});
    Blob sums = blob_of({2, 2}, {10, 20, 30, 40});
    kernels->gather_rows(x.data(), blob_of({3}, {2, 0, 2.9f}).data(), 2, picked.data());
    check_values(picked, {5, 6, 1, 2, 5, 6}, kernels->name());
    kernels->add_rows(x.data(), blob_of({3}, {1, -0.5f, 1}).data(), 2, sums.data());
    check_values(sums, {13, 24, 36, 48}, kernels->name());
  }
}

TEST(values_by_index_are_the_reference_s) {
  compare_runs("values by index", [](const Run& run) {
    Blob x = random_blob({2, 3, 4, 5}, 1), index = indices(120, 35);
    Blob y(Shape{2, 3, 5, 7}), dy = random_blob(y.shape(), 2), dx(x.shape());
    run.settle(x), run.settle(dy);
    run.kernels->scatter(x.data(), index.data(), y.data());
    run.kernels->gather(dy.data(), index.data(), dx.data());
    return std::vector<Blob>{y, dx};
  });
}

TEST(values_by_index_of_known_values) {
  for (Kernels* kernels : all_backends()) {
    Blob x = blob_of({1, 2, 1, 2}, {5, 6, 7, 8}), y(Shape{1, 2, 1, 3});
    Blob mask = blob_of({1, 2, 1, 2}, {2, 0, 1, 1});
    kernels->scatter(x.data(), mask.data(), y.data());
    check_values(y, {6, 0, 5, 0, 8, 0}, kernels->name());
    kernels->gather(blob_of({1, 2, 1, 3}, {1, 2, 3, 4, 5, 6}).data(), mask.data(), x.data());
    check_values(x, {3, 1, 5, 5}, kernels->name());
    mask = blob_of({1, 2, 1, 2}, {-1, 2, 0, -1});
    kernels->scatter(x.data(), mask.data(), y.data());
    check_values(y, {0, 0, 1, 5, 0, 0}, kernels->name());
    kernels->gather(y.data(), mask.data(), x.data());
    check_values(x, {0, 1, 5, 0}, kernels->name());
  }
}

// Longer than what is compared at once, with many equal values.
TEST(the_greatest_are_the_reference_s) {
  const ChannelView view{2, 5, 700};
  for (const int64_t top_k : {1, 2, 5}) {
    for (const Ties ties : {Ties::kFirst, Ties::kLast}) {
      compare_runs(str("the greatest ", top_k), [&](const Run& run) {
        Blob x = random_blob({2, 5, 20, 35}, 1), index(Shape{2, top_k, 20, 35});
        float* values = x.data().update();
        for (int64_t i = 0; i < x.count(); ++i) values[i] = std::floor(values[i] * 3);
        values[77] = NAN;
        Blob value(index.shape()), alone(index.shape());
        run.settle(x);
        run.kernels->greatest(x.data(), view, top_k, ties, index.data(), value.data());
        run.kernels->greatest(x.data(), view, top_k, ties, {}, alone.data());
        run.kernels->greatest(x.data(), view, top_k, ties, alone.data(), {});
        return std::vector<Blob>{index, value, alone};
      });
    }
  }
}

TEST(the_greatest_of_known_values) {
  for (Kernels* kernels : all_backends()) {
    Blob x = blob_of({1, 4}, {1, 3, 3, 2}), index(Shape{3}), value(Shape{3});
    kernels->greatest(x.data(), {1, 4, 1}, 3, Ties::kFirst, index.data(), value.data());
    check_values(index, {1, 2, 3}, kernels->name());
    check_values(value, {3, 3, 2}, kernels->name());
    kernels->greatest(x.data(), {1, 4, 1}, 3, Ties::kLast, index.data(), {});
    check_values(index, {2, 1, 3}, kernels->name());
    Blob one(Shape{1});
    kernels->greatest(x.data(), {1, 4, 1}, 1, Ties::kFirst, one.data(), {});
    check_values(one, {1}, kernels->name());
  }
}

// A walk step by step, as the specification of those that run through rows and neighbours at once.
void walk(const Strides& strides, const std::function<void(int64_t from, int64_t to)>& body) {
  std::vector<int64_t> at(strides.extents.size());
  for (;;) {
    int64_t from = strides.from_offset, to = strides.to_offset;
    for (size_t i = 0; i < at.size(); ++i) {
      from += at[i] * strides.from[i];
      to += at[i] * strides.to[i];
    }
    body(from, to);
    size_t axis = at.size();
    while (axis > 0 && ++at[axis - 1] == strides.extents[axis - 1]) at[--axis] = 0;
    if (axis == 0) return;
  }
}

TEST(walks_take_every_step) {
  Strides transpose, squares, tiles, long_rows;
  transpose.add(3, 140, 20), transpose.add(7, 20, 60), transpose.add(20, 1, 1);
  squares.add(5, 84, 2 * 84), squares.add(2, 0, 84), squares.add(2, 0, 1), squares.add(42, 1, 2);
  tiles.add(4, 9, 27), tiles.add(3, 0, 9), tiles.add(9, 1, 1);
  long_rows.add(2, 40000, 1), long_rows.add(40000, 1, 2);
  for (const Strides& strides : {transpose, squares, tiles, long_rows}) {
    Strides back = strides;
    std::swap(back.from, back.to);
    Blob x = random_blob({80000}, 1), copied(Shape{80000});
    std::vector<double> sums(80000);
    std::vector<float> expected(80000);
    walk(strides, [&](int64_t from, int64_t to) {
      expected[static_cast<size_t>(to)] = x.data().read()[from];
      sums[static_cast<size_t>(from)] += x.data().read()[to];
    });
    for_each_run([&](const Run& run) {
      run.kernels->fill(0, copied.data());
      run.kernels->copy_strided(strides, Into::kPart, x.data(), copied.data());
      check_values(copied, expected, run.name);
      run.kernels->fill(0, copied.data());
      run.kernels->sum_strided(back, Into::kPart, x.data(), copied.data());
      check_values(copied, {sums.begin(), sums.end()}, run.name);
    });
  }
}

}  // namespace
}  // namespace caffe::test
