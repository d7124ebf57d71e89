// The step that changes parameters: rates, clipping, what a policy remembers.
#include "solver/update.hpp"

#include "cpp/solver/regression.hpp"
#include "support/check.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::Log;
using test::made;
using test::same_bits;
using test::weights;

TEST(one_step_is_what_the_formula_says) {
  const auto solver = made("momentum: 0.9 weight_decay: 0.1 iter_size: 2");
  const std::vector<float> before = weights(*solver);
  std::vector<float> gradient;
  solver->add_callback([&](int event) {
    if (event != Solver::kGradientsReady) return;
    for (const Net::Learnable& each : solver->net()->learnable()) {
      const float* diff = each.blob->diff().read();
      gradient.insert(gradient.end(), diff, diff + each.blob->count());
    }
  });
  solver->step(1);
  const std::vector<float> after = weights(*solver);
  for (size_t i = 0; i < before.size(); ++i) {
    const bool bias = i >= 6;
    const double g = gradient[i] / 2 + (bias ? 0 : 0.1 * before[i]);
    CHECK_NEAR(after[i], before[i] - (bias ? 0.2 : 0.1) * g, 1e-5, 1e-6);
  }
}

TEST(gradients_are_clipped_together) {
  const auto solver = made("clip_gradients: 0.01");
  const std::vector<float> before = weights(*solver);
  const Log log;
  solver->step(1);
  const std::vector<float> after = weights(*solver);
  double sum = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    const double gradient = (before[i] - after[i]) / (i >= 6 ? 0.2 : 0.1);
    sum += gradient * gradient;
  }
  CHECK_NEAR(std::sqrt(sum), 0.01, 1e-3, 0);
  CHECK_EQ(log.count("Gradient clipping: scaling down gradients (L2 norm "), 1);
}

TEST(plateau_goes_by_the_whole_training_however_it_is_stepped) {
  const std::string plateau =
      "lr_policy: 'plateau' gamma: 0.7 average_loss: 4 plateau_winsize: 1 plateau_winsize: 2";
  const auto whole = made(plateau), in_parts = made(plateau);
  whole->step(9);
  for (int i = 0; i < 9; ++i) in_parts->step(1);
  CHECK(whole->learning_rate() < 0.1f);
  CHECK_EQ(whole->learning_rate(), in_parts->learning_rate());
  CHECK(same_bits(weights(*whole), weights(*in_parts)));
}

TEST(plateau_logs_its_steps) {
  const Log log;
  made("lr_policy: 'plateau' gamma: 0.7 plateau_winsize: 1")->step(9);
  CHECK_EQ(log.count("Plateau Status: Iteration "), 1);
}

}  // namespace
}  // namespace caffe
