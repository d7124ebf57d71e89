// layers/arithmetic/eltwise.cpp
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const std::vector<Input> kThree = {{{3}, {1, 2, 3}}, {{3}, {4, 2, 0}}, {{3}, {4, 2, 5}}};

LayerRun ran(const std::string& fields, Kernels& kernels) {
  LayerRun run("type: 'Eltwise' eltwise_param { " + fields + " }", kThree,
               {TRAIN, 1, false, &kernels});
  run.forward();
  run.set_top_diff(0, {1, 10, 100});
  run.backward();
  return run;
}

TEST(eltwise_by_hand) {
  on_every_backend([](Kernels& kernels) {
    LayerRun sum = ran("coeff: 1 coeff: -1 coeff: 2", kernels);
    CHECK_CLOSE(sum.out(), {5, 4, 13});
    CHECK_CLOSE(sum.bottom_diff(1), {-1, -10, -100});
    CHECK_CLOSE(sum.bottom_diff(2), {2, 20, 200});
    LayerRun product = ran("operation: PROD", kernels);
    CHECK_CLOSE(product.out(), {16, 8, 0});
    CHECK_CLOSE(product.bottom_diff(0), {16, 40, 0});
    CHECK_CLOSE(product.bottom_diff(1), {4, 40, 1500});
    LayerRun unstable = ran("operation: PROD stable_prod_grad: false", kernels);
    CHECK_CLOSE(unstable.bottom_diff(0), {16, 40, 0});
    CHECK_NEAR(unstable.bottom_diff(1)[2], NAN, 0, 0);
  });
}

TEST(eltwise_maximum_of_equals) {
  LayerRun run = ran("operation: MAX", reference_kernels());
  CHECK_CLOSE(run.out(), {4, 2, 5});
  CHECK_CLOSE(run.bottom_diff(0), {0, 0, 0});
  CHECK_CLOSE(run.bottom_diff(1), {1, 10, 0});
  CHECK_CLOSE(run.bottom_diff(2), {0, 0, 100});
}

TEST(eltwise_sum_into_its_first_bottom) {
  on_every_backend([](Kernels& kernels) {
    LayerRun run("type: 'Eltwise' eltwise_param { coeff: 2 coeff: 3 }",
                 {{{2}, {1, 2}}, {{2}, {10, 20}}}, {TRAIN, 1, true, &kernels});
    run.forward();
    CHECK_CLOSE(run.out(), {32, 64});
    run.set_top_diff(0, {1, 2});
    run.backward();
    CHECK_CLOSE(run.bottom_diff(1), {3, 6});
    CHECK_CLOSE(run.bottom_diff(0), {2, 4});
  });
}

TEST(eltwise_rejects_what_makes_no_sense) {
  const auto made = [](const std::string& fields, const Shape& second = {3},
                       bool in_place = false) {
    LayerRun run("type: 'Eltwise' eltwise_param { " + fields + " }", {{{3}, {}}, {second, {}}},
                 {TRAIN, 1, in_place});
  };
  CHECK_FAILS(Status::kInvalidArgument,
              "coeff is given 1 times; it is wanted once for each of the 2", made("coeff: 1"));
  CHECK_FAILS(Status::kInvalidArgument, "goes with operation SUM only",
              made("operation: PROD coeff: 1 coeff: 2"));
  CHECK_FAILS(Status::kShape, "bottom \"label\" has shape 4 (4), but bottom \"data\" has 3 (3)",
              made("", {4}));
  CHECK_FAILS(Status::kInvalidArgument, "cannot work in place", made("operation: MAX", {3}, true));
}

const GradientCases gradients{
    {"type: 'Eltwise' eltwise_param { operation: PROD }", {{-1, 3}, {-1, 3}, {-1, 3}}, 3},
    {"type: 'Eltwise' eltwise_param { coeff: 2 coeff: -1 }", {{-1, 3}, {-1, 3}}, 2},
};

}  // namespace
}  // namespace caffe::test
