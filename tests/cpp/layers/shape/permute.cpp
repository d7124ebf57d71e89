// layers/shape/permute.cpp, layers/shape/shuffle_channel.cpp, layers/arithmetic/eltwise_coeff_blob.cpp
#include "cpp/layers/base/gradients.hpp"
#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const std::string kCoeffBlob = "type: 'Eltwise' eltwise_param { coeff_blob: true ";

const GradientCases gradients{
    {"type: 'Permute' permute_param { order: 0 order: 2 order: 3 order: 1 }", {{-1, -1, -1, 2}}},
    {"type: 'Permute' permute_param { order: 2 order: 0 }", {{-1, -1, -1, 2}}},
    {"type: 'Permute' permute_param { order: 1 }", {{-1, -1}}},
    {"type: 'ShuffleChannel' shuffle_channel_param { group: 3 }", {{-1, 6, -1}}},
    {kCoeffBlob + "}", {{2, -1, 3}, {2, -1, 3}, {2, 2}}, 2},
    {kCoeffBlob + "coeff: 2 coeff: -1 }", {{-1, 3}, {-1, 3}, {2}}, 2},
};

// Each axis's number in the order is where the value comes from.
Values permuted(const Values& x, const Shape& shape, const std::vector<int>& order) {
  Values y;
  std::vector<int64_t> at(order.size());
  for (size_t i = 0; i < x.size(); ++i) {
    int64_t from = 0;
    for (size_t axis = 0; axis < order.size(); ++axis) {
      from += at[axis] * shape.count(order[axis] + 1);
    }
    y.push_back(x[static_cast<size_t>(from)]);
    for (size_t axis = order.size(); axis-- > 0;) {
      if (++at[axis] < shape[order[axis]]) break;
      at[axis] = 0;
    }
  }
  return y;
}

TEST(permute_puts_each_value_where_it_belongs) {
  const std::vector<std::vector<int>> orders = {{0, 1, 2, 3}, {0, 2, 3, 1}, {3, 2, 1, 0},
                                                {1, 0, 2, 3}, {0, 3, 1, 2}, {2, 3, 0, 1}};
  const Shape shape{2, 3, 4, 5};
  const Values x = distinct_values(shape.count(), 9);
  for (const std::vector<int>& order : orders) {
    std::string fields;
    for (const int axis : order) fields += str(" order: ", axis);
    on_every_backend([&](Kernels& kernels) {
      LayerRun run("type: 'Permute' permute_param {" + fields + " }", {{shape, x}},
                   {TRAIN, 1, false, &kernels});
      run.forward();
      CHECK(run.out() == permuted(x, shape, order));
      run.set_top_diff(0, run.out());
      run.backward();
      CHECK(run.bottom_diff() == x);
    });
  }
}

TEST(permute_lets_axes_follow_that_are_not_named) {
  LayerRun run("type: 'Permute' permute_param { order: 2 }", {{{2, 3, 4}, {}}});
  CHECK_EQ(run.top(0).shape(), Shape({4, 2, 3}));
  run.bottom(0).reshape({1, 0, 5});
  run.forward();
  CHECK_EQ(run.top(0).shape(), Shape({5, 1, 0}));
  run.backward();
}

TEST(permute_rejects_what_makes_no_sense) {
  const auto made = [](const std::string& fields, bool in_place = false) {
    LayerRun("type: 'Permute' permute_param { " + fields + " }", {{{2, 3}, {}}},
             {TRAIN, 1, in_place});
  };
  CHECK_FAILS(Status::kShape, "order: 2 is no axis of bottom \"data\"", made("order: 2"));
  CHECK_FAILS(Status::kInvalidArgument, "names axis 1 twice", made("order: 1 order: 1"));
  CHECK_FAILS(Status::kInvalidArgument, "cannot work in place", made("order: 1", true));
}

TEST(shuffle_channel_by_hand) {
  LayerRun run("type: 'ShuffleChannel' shuffle_channel_param { group: 2 }",
               {{{1, 6, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11});
  run.set_top_diff(0, run.out());
  run.backward();
  CHECK_CLOSE(run.bottom_diff(), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
}

TEST(shuffle_channel_rejects_what_makes_no_sense) {
  const auto made = [](const std::string& group, const Shape& shape = {1, 6}) {
    LayerRun("type: 'ShuffleChannel' shuffle_channel_param { group: " + group + " }",
             {{shape, {}}});
  };
  CHECK_FAILS(Status::kShape, "group: 4 must be at least 1 and divide the channels", made("4"));
  CHECK_FAILS(Status::kShape, "group: 0 must be at least 1", made("0"));
  CHECK_FAILS(Status::kShape, "divide the channels", made("1", {6}));
}

TEST(eltwise_coeff_blob_by_hand) {
  const std::vector<Input> inputs = {
      {{2, 2}, {1, 2, 3, 4}}, {{2, 2}, {10, 20, 30, 40}}, {{2, 2}, {1, 0, 0, 2}}};
  for (const bool in_place : {false, true}) {
    LayerRun run(kCoeffBlob + "coeff: 1 coeff: -1 }", inputs, {TRAIN, 1, in_place});
    run.forward();
    CHECK_CLOSE(run.out(), {1, 2, -60, -80});
    run.set_top_diff(0, {1, 2, 3, 4});
    run.backward({true, true, false});
    CHECK_CLOSE(run.bottom_diff(1), {0, 0, -6, -8});
    CHECK_CLOSE(run.bottom_diff(0), {1, 2, 0, 0});
    CHECK(run.layer().allow_force_backward(0));
  }
}

TEST(eltwise_coeff_blob_of_one_term_masks) {
  LayerRun run(kCoeffBlob + "}", {{{2, 2}, {1, 2, 3, 4}}, {{1, 2}, {0, 1}}});
  run.forward();
  CHECK_CLOSE(run.out(), {0, 0, 3, 4});
}

TEST(eltwise_coeff_blob_rejects_what_makes_no_sense) {
  const auto made = [](const std::string& fields, const Shape& coefficients = {2, 3}) {
    return LayerRun(kCoeffBlob + fields + " }", {{{3, 2}, {}}, {{3, 2}, {}}, {coefficients, {}}});
  };
  CHECK_FAILS(Status::kInvalidArgument, "goes with operation SUM only", made("operation: MAX"));
  CHECK_FAILS(Status::kInvalidArgument, "coeff is given 3 times; with coeff_blob it is wanted once",
              made("coeff: 1 coeff: 2 coeff: 3"));
  CHECK_FAILS(Status::kShape, "must have the extents 2, the number of terms", made("", {3, 3}));
  CHECK_FAILS(Status::kShape, "must have the extents 2", made("", {2, 2}));
  CHECK_FAILS(Status::kShape, "must have the extents 2", made("", {2, 3, 2, 1}));
  LayerRun run = made("");
  run.forward();
  CHECK_FAILS(Status::kUnsupported, "holds coefficients", run.backward());
}

}  // namespace
}  // namespace caffe::test
