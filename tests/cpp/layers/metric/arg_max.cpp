// ArgMax: of items and along an axis, of equals and of NaN.
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
