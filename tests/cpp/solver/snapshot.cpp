// Snapshots: written and found again, resumed from to the same bits, and those that fail.
#include "solver/snapshot.hpp"

#include <filesystem>

#include "cpp/solver/regression.hpp"
#include "solver/solver_state.hpp"
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
using test::with_nets;

TEST(a_snapshot_can_be_asked_for) {
  const Folder folder;
  const auto solver = made("snapshot_prefix: '" + folder.file("s") + "'");
  solver->request_snapshot();
  solver->step(2);
  CHECK(std::filesystem::exists(folder.file("s_iter_1.caffemodel")));
  CHECK_EQ(folder.files(), size_t{2});
}

void check_resumes_to_the_same_bits(const std::string& more) {
  const Folder folder;
  const std::string text = "snapshot_prefix: '" + folder.file("s") + "' momentum: 0.9 " + more;
  const auto whole = made(text);
  whole->step(4);
  const std::string state = whole->snapshot();
  whole->step(4);
  const auto resumed = made(text, with_nets("seed: 1"));
  resumed->restore(state);
  CHECK_EQ(resumed->iter(), 4);
  resumed->step(4);
  CHECK(same_bits(weights(*whole), weights(*resumed)));
  CHECK_EQ(whole->learning_rate(), resumed->learning_rate());
}

TEST(resume_sgd) {
  check_resumes_to_the_same_bits("iter_size: 2");
}
TEST(resume_hdf5) {
  check_resumes_to_the_same_bits("snapshot_format: HDF5");
}
TEST(resume_adam) {
  check_resumes_to_the_same_bits("type: 'Adam'");
}
// Losses that jump lower the rate again and again, each time by what the last three of them were.
TEST(resume_plateau) {
  std::string plateau = "lr_policy: 'plateau' gamma: 0.7 average_loss: 3 display: 1";
  for (int i = 0; i < 5; ++i) plateau += " plateau_winsize: 1";
  check_resumes_to_the_same_bits(plateau);
  check_resumes_to_the_same_bits(plateau + " snapshot_format: HDF5");
}
// The loss of the iteration in which it is taken is not of the past yet: it comes once more.
TEST(resume_plateau_from_a_callback) {
  const Folder folder;
  std::string text =
      "lr_policy: 'plateau' gamma: 0.7 average_loss: 3 snapshot_prefix: '" + folder.file("s") + "'";
  for (int i = 0; i < 5; ++i) text += " plateau_winsize: 1";
  const auto whole = made(text);
  std::string state;
  whole->add_callback([&](int event) {
    if (event == Solver::kGradientsReady && whole->iter() == 1) state = whole->snapshot();
  });
  whole->step(8);
  CHECK_EQ(load_solver_state(state).recent_loss.size(), size_t{1});
  const auto resumed = made(text, with_nets("seed: 1"));
  resumed->restore(state);
  resumed->step(7);
  CHECK(same_bits(weights(*whole), weights(*resumed)));
  CHECK_EQ(whole->learning_rate(), resumed->learning_rate());
}
TEST(resume_multifixed_and_warmup) {
  check_resumes_to_the_same_bits(
      "lr_policy: 'multifixed' stagelr: 0.1 stageiter: 5 stagelr: 0.01 stageiter: 9 "
      "warmup_iter: 3 warmup_start_lr: 0.01");
}
TEST(resume_multistep) {
  check_resumes_to_the_same_bits(
      "lr_policy: 'multistep' gamma: 0.5 stepvalue: 2 stepvalue: 2 stepvalue: 7");
}

TEST(a_snapshot_that_was_moved_is_found) {
  const Folder folder, other;
  const auto solver = made("snapshot_prefix: '" + folder.file("s") + "'");
  solver->step(1);
  const std::string state = solver->snapshot();
  for (const char* name : {"s_iter_1.solverstate", "s_iter_1.caffemodel"}) {
    std::filesystem::rename(folder.file(name), other.file(name));
  }
  const auto resumed = made("");
  resumed->restore(other.file("s_iter_1.solverstate"));
  CHECK(same_bits(weights(*solver), weights(*resumed)));
  std::filesystem::remove(other.file("s_iter_1.caffemodel"));
  CHECK_FAILS(Status::kIo, "s_iter_1.caffemodel",
              made("")->restore(other.file("s_iter_1.solverstate")));
}

TEST(a_state_that_does_not_fit_changes_nothing) {
  const Folder folder;
  const auto adam = made("type: 'Adam' snapshot_prefix: '" + folder.file("s") + "'");
  adam->step(1);
  const std::string state = adam->snapshot();
  const auto sgd = made("");
  sgd->step(2);
  const std::vector<float> before = weights(*sgd);
  CHECK_FAILS(Status::kShape, "a history of 4 blob(s), solver type SGD and this net need 2",
              sgd->restore(state));
  CHECK(same_bits(before, weights(*sgd)));
  CHECK_EQ(sgd->iter(), 2);
}

TEST(a_failed_snapshot_keeps_the_old_one_and_the_training) {
  const Folder folder;
  const std::string prefix = folder.file("in") + "/s";
  std::filesystem::create_directory(folder.file("in"));
  const std::string text = "snapshot: 2 snapshot_prefix: '" + prefix + "'";
  const auto solver = made(text);
  const auto steady = made(text, {.survive_failed_snapshots = true});
  std::filesystem::remove(folder.file("in"));
  CHECK_FAILS(Status::kIo, "s_iter_2.", solver->step(3));
  CHECK_EQ(solver->iter(), 2);
  solver->step(1);
  CHECK_EQ(solver->iter(), 3);
  const Log log;
  steady->step(3);
  CHECK_EQ(steady->iter(), 3);
  CHECK_EQ(log.count("The snapshot of iteration 2 failed, training goes on: "), 1);
}

}  // namespace
}  // namespace caffe
