// Permute: each value goes where its axes go.
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

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

const GradientCases gradients{
    {"type: 'Permute' permute_param { order: 0 order: 2 order: 3 order: 1 }", {{-1, -1, -1, 2}}},
    {"type: 'Permute' permute_param { order: 2 order: 0 }", {{-1, -1, -1, 2}}},
    {"type: 'Permute' permute_param { order: 1 }", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
