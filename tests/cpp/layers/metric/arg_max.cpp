// layers/metric/arg_max.cpp
#include "layers/metric/arg_max.hpp"

#include <limits>

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

Values argmax(const std::string& fields, const Input& input, const Shape& shape) {
  LayerRun run("type: 'ArgMax' argmax_param { " + fields + " }", {input}, {TEST});
  run.forward();
  CHECK_EQ(run.top(0).shape(), shape);
  return run.out();
}

TEST(argmax_of_items) {
  const Input x{{2, 2, 2}, {1, 4, 3, 2, 8, 5, 6, 7}};
  CHECK_CLOSE(argmax("", x, {2, 1, 1}), {1, 0});
  CHECK_CLOSE(argmax("out_max_val: true", x, {2, 2, 1}), {1, 4, 0, 8});
  CHECK_CLOSE(argmax("top_k: 3", x, {2, 1, 3}), {1, 2, 3, 0, 3, 2});
  CHECK_CLOSE(argmax("top_k: 2 out_max_val: true", x, {2, 2, 2}), {1, 2, 4, 3, 0, 3, 8, 7});
}

TEST(argmax_along_an_axis) {
  const Input x{{2, 2, 2}, {1, 4, 3, 2, 8, 5, 6, 7}};
  CHECK_CLOSE(argmax("axis: 1", x, {2, 1, 2}), {1, 0, 0, 1});
  CHECK_CLOSE(argmax("axis: 1 out_max_val: true", x, {2, 1, 2}), {3, 4, 8, 7});
  CHECK_CLOSE(argmax("axis: -3", x, {1, 2, 2}), {1, 1, 1, 1});
  CHECK_CLOSE(argmax("axis: 1 top_k: 2", x, {2, 2, 2}), {1, 0, 0, 1, 0, 1, 1, 0});
}

TEST(argmax_of_equals_and_of_what_is_no_number) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_CLOSE(argmax("top_k: 2", {{1, 4}, {5, 1, 5, 5}}, {1, 1, 2}), {3, 2});
  CHECK_CLOSE(argmax("", {{1, 4}, {5, 1, 5, 1}}, {1, 1, 1}), {2});
  CHECK_CLOSE(argmax("", {{1, 3}, {1, nan, 2}}, {1, 1, 1}), {1});
  CHECK_CLOSE(argmax("top_k: 2", {{1, 3}, {1, nan, 2}}, {1, 1, 2}), {1, 2});
}

TEST(find_greatest_looks_at_every_place_of_long_rows) {
  // Longer than what is compared at once; the greatest channel follows a pattern.
  const int64_t channels = 5, inner = 700;
  Values x(static_cast<size_t>(2 * channels * inner), -1);
  for (int64_t i = 0; i < 2 * inner; ++i) {
    const int64_t c = (i * 7) % channels;
    x[static_cast<size_t>((i / inner * channels + c) * inner + i % inner)] = 3;
  }
  Values index(static_cast<size_t>(2 * inner)), value(index);
  find_greatest(x.data(), {2, channels, inner}, Ties::kFirst, index.data(), value.data());
  for (size_t i = 0; i < index.size(); ++i) {
    CHECK_EQ(static_cast<int64_t>(index[i]), static_cast<int64_t>(i * 7) % channels);
    CHECK_EQ(value[i], 3.0f);
  }
  const Values equal = {1, 1, 1};
  find_greatest(equal.data(), {1, 3, 1}, Ties::kFirst, index.data(), nullptr);
  CHECK_EQ(index[0], 0.0f);
  find_greatest(equal.data(), {1, 3, 1}, Ties::kLast, index.data(), nullptr);
  CHECK_EQ(index[0], 2.0f);
}

TEST(argmax_of_nothing) {
  CHECK_CLOSE(argmax("axis: 1", {{0, 3, 2}, {}}, {0, 1, 2}), {});
  CHECK_CLOSE(argmax("", {{0, 3}, {}}, {0, 1, 1}), {});
}

TEST(argmax_rejects_what_makes_no_sense) {
  const auto made = [](const std::string& fields) { argmax(fields, {{2, 3}, {}}, {}); };
  CHECK_FAILS(Status::kInvalidArgument, "top_k must be at least 1 and at most 3", made("top_k: 0"));
  CHECK_FAILS(Status::kInvalidArgument, "compared, not 4", made("top_k: 4"));
  CHECK_FAILS(Status::kInvalidArgument, "at most 2, the number", made("axis: 0 top_k: 3"));
  CHECK_FAILS(Status::kShape, "argmax_param.axis does not fit", made("axis: 2"));
  LayerRun run("type: 'ArgMax'", {{{2, 3}, {}}});
  run.forward();
  CHECK_FAILS(Status::kUnsupported, "a layer of type ArgMax has no gradient", run.backward());
}

}  // namespace
}  // namespace caffe::test
