// Values that are no numbers: said where they came from, kept out of parameters and snapshots.
#include "solver/not_finite.hpp"

#include <filesystem>
#include <limits>

#include "cpp/solver/regression.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::Folder;
using test::Log;
using test::made;
using test::same_bits;
using test::weights;

const float kNan = std::numeric_limits<float>::quiet_NaN();

void set_bias(const Solver& solver, float value) {
  solver.net()->learnable()[1].blob->data().update()[0] = value;
}

TEST(a_loss_that_is_no_number_ends_training_before_the_update) {
  const Folder folder;
  const auto solver = made("snapshot: 1 snapshot_prefix: '" + folder.file("s") + "'");
  float poison = 0;
  solver->add_callback([&](int event) {
    if (event == Solver::kBeforeStep && solver->iter() == 2) {
      solver->net()->learnable()[1].blob->data().update()[0] += poison;
    }
  });
  poison = kNan;
  const Log log;
  CHECK_FAILS(
      Status::kState,
      "iteration 2: training cannot go on: the loss is nan and the gradient of \"ip: 0\" is "
      "not finite; first not finite is parameter 1 of layer \"ip\" (InnerProduct)",
      solver->step(5));
  CHECK_EQ(solver->iter(), 2);
  CHECK_EQ(log.count("the loss is nan; first not finite is parameter 1 of layer \"ip\" "
                     "(InnerProduct)"),
           1);
  CHECK(std::filesystem::exists(folder.file("s_iter_2.caffemodel")));
  CHECK_EQ(folder.files(), size_t{4});
}

// Whoever wants to go on calls again: the batch is left out, nothing else is lost.
TEST(training_goes_on_behind_a_batch_that_is_no_number) {
  const auto solver = made("momentum: 0.9");
  solver->step(2);
  const std::vector<float> before = weights(*solver);
  bool broken = true;
  solver->add_callback([&](int event) {
    if (event == Solver::kBeforeStep && broken) set_bias(*solver, kNan);
    if (event == Solver::kGradientsReady && broken) set_bias(*solver, before.at(6));
  });
  CHECK_FAILS(Status::kState, "training cannot go on", solver->step(1));
  CHECK(same_bits(before, weights(*solver)));
  broken = false;
  solver->step(3);
  CHECK_EQ(solver->iter(), 5);
  for (const float value : weights(*solver)) CHECK(std::isfinite(value));
}

// A squared distance overflows long before its gradient does.
TEST(a_loss_that_is_infinite_with_gradients_that_are_not_is_told_once) {
  const auto solver = made("");
  set_bias(*solver, 1e20f);
  solver->add_callback([&](int event) {
    if (event != Solver::kGradientsReady) return;
    for (const Net::Learnable& each : solver->net()->learnable()) {
      CHECK(finite_diff(*each.blob));
      each.blob->diff().clear();
    }
  });
  const Log log;
  solver->step(3);
  CHECK_EQ(solver->iter(), 3);
  CHECK_EQ(log.count("Iteration 0: the loss is inf; first not finite is blob \"loss\""), 1);
  CHECK_EQ(log.count("first not finite"), 1);
}

TEST(what_training_made_no_number_is_never_a_snapshot) {
  const Folder folder;
  const auto solver = made("snapshot_prefix: '" + folder.file("s") + "' max_iter: 3");
  solver->step(1);
  set_bias(*solver, std::numeric_limits<float>::infinity());
  CHECK_FAILS(Status::kState,
              "iteration 1: training has diverged: the parameter \"ip: 1\" is not finite",
              solver->snapshot());
  CHECK_EQ(folder.files(), size_t{0});
}

// A mask of minus infinity is no accident.
TEST(parameters_that_were_never_finite_do_not_keep_from_snapshots) {
  const Folder folder;
  const auto solver = made("snapshot_prefix: '" + folder.file("s") + "'");
  set_bias(*solver, -std::numeric_limits<float>::infinity());
  solver->add_callback([&](int event) {
    if (event != Solver::kGradientsReady) return;
    for (const Net::Learnable& each : solver->net()->learnable()) each.blob->diff().clear();
  });
  solver->step(1);
  solver->snapshot();
  CHECK_EQ(folder.files(), size_t{2});
}

TEST(solve_fails_when_the_last_update_diverged) {
  const Folder folder;
  const auto solver =
      made("snapshot_after_train: false max_iter: 1 snapshot_prefix: '" + folder.file("s") + "'");
  solver->add_callback([&](int event) {
    if (event == Solver::kAfterStep) set_bias(*solver, kNan);
  });
  CHECK_FAILS(Status::kState, "training has diverged", solver->solve(""));
}

}  // namespace
}  // namespace caffe
