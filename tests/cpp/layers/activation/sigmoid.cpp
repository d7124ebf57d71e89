// Sigmoid: values and slopes by hand.
#include "cpp/layers/base/formula.hpp"
#include "cpp/layers/base/gradients.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(sigmoid_by_hand) {
  check_formula({"type: 'Sigmoid'", {-1000, 0, 1000}, {0, 0.5f, 1}, {0, 0.25f, 0}});
}

const GradientCases gradients{
    {"type: 'Sigmoid'", {{-1, -1}}},
};

}  // namespace
}  // namespace caffe::test
