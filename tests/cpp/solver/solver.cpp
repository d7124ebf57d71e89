// Training as a whole: what step() does in which order, test nets, callbacks, being stopped.
#include "solver/solver.hpp"

#include <filesystem>

#include "cpp/solver/regression.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::Folder;
using test::kRegression;
using test::Log;
using test::made;
using test::same_bits;
using test::weights;
using test::with_nets;

TEST(training_lowers_the_loss) {
  const auto solver = made("average_loss: 20 momentum: 0.5");
  solver->step(20);
  const float early = solver->smoothed_loss();
  solver->step(100);
  CHECK_EQ(solver->iter(), 120);
  CHECK(solver->smoothed_loss() < 0.8f * early);
}

TEST(a_seed_repeats_a_training) {
  const auto one = made(""), two = made(""), other = made("", with_nets("seed: 9"));
  for (const auto* solver : {&one, &two, &other}) (*solver)->step(3);
  CHECK(same_bits(weights(*one), weights(*two)));
  CHECK(!same_bits(weights(*one), weights(*other)));
}

TEST(callbacks_come_in_order) {
  const auto solver = made("");
  std::string events;
  solver->add_callback([&](int event) { events += str(event, "@", solver->iter(), " "); });
  solver->step(2);
  CHECK_EQ(events, "0@0 1@0 2@1 0@1 1@1 2@2 ");
}

TEST(an_error_in_a_callback_leaves_the_solver_usable) {
  const auto solver = made("");
  bool broken = true;
  solver->add_callback([&](int event) {
    if (broken && event == Solver::kBeforeStep) fail(Status::kCallback, "no");
  });
  CHECK_FAILS(Status::kCallback, "no", solver->step(3));
  CHECK_EQ(solver->iter(), 0);
  broken = false;
  solver->step(3);
  CHECK_EQ(solver->iter(), 3);
}

TEST(a_stop_ends_after_the_iteration) {
  const Folder folder;
  const auto solver = made("snapshot_prefix: '" + folder.file("s") + "'");
  solver->add_callback([&](int event) {
    if (event == Solver::kBeforeStep && solver->iter() == 3) solver->request_stop();
  });
  const Log log;
  solver->solve("");
  CHECK_EQ(solver->iter(), 4);
  CHECK(solver->stopped_early());
  CHECK_EQ(log.count("Optimization stopped early."), 1);
  CHECK(std::filesystem::exists(folder.file("s_iter_4.solverstate")));
  solver->step(2);
  CHECK_EQ(solver->iter(), 6);
}

TEST(training_without_an_iteration_to_do_is_warned_of) {
  const Folder folder;
  const auto solver = made("max_iter: 0 snapshot_prefix: '" + folder.file("s") + "'");
  const Log log;
  solver->solve("");
  CHECK_EQ(log.count("max_iter is 0 and the training at iteration 0: there is nothing to train"),
           1);
}

TEST(test_nets_share_weights_and_their_means_are_logged) {
  const auto solver = made("test_iter: 3 test_interval: 2 test_compute_loss: true display: 2");
  const Net& test_net = *solver->test_nets().at(0);
  CHECK(test_net.learnable()[0].blob->data().same_storage(
      solver->net()->learnable()[0].blob->data()));
  const Log log;
  solver->step(4);
  CHECK_EQ(log.count(", Testing net (#0)"), 2);
  CHECK_EQ(log.count("] Test loss: "), 2);
  CHECK_EQ(log.count("]     Test net output #0: loss = "), 2);
  CHECK_EQ(log.count("]     Train net output #0: loss = "), 2);
  CHECK_EQ(log.count("lr = 0.1\n"), 2);
}

// A test net may have layers of its own.
TEST(test_nets_say_which_layers_nobody_filled) {
  const Folder folder;
  const std::string head =
      "layer { name: 'extra' type: 'InnerProduct' bottom: 'ip' top: 'extra' include { phase: TEST }"
      " inner_product_param { num_output: 1 weight_filler { type: 'xavier' } } } ";
  std::string text = kRegression;
  text.insert(text.find("  layer { name: 'loss'"), head);
  text += "test_iter: 1 test_interval: 5 lr_policy: 'fixed' ";
  const auto make = [&](const std::string& more) {
    return make_solver(read_solver_text(text + more), SolverSetup{});
  };
  Log log;
  const auto solver = make("");
  CHECK_EQ(log.count("Test net #0: the training net has nothing for \"extra\""), 1);
  Net& test_net = *solver->test_nets()[0];
  test_net.save_weights(folder.file("w.caffemodel"), false);
  log.text.clear();
  const auto filled = make("weights: '" + folder.file("w.caffemodel") + "'");
  CHECK_EQ(log.count("the training net has nothing for"), 0);
  const auto value = [](const Net& net) { return net.learnable()[2].blob->data().read()[1]; };
  CHECK_EQ(value(*filled->test_nets()[0]), value(test_net));
}

// Files of weights are the training net's; they need not have anything for a test net.
TEST(weights_of_a_training_may_have_nothing_for_test_nets) {
  const Folder folder;
  const std::string weights = folder.file("w.caffemodel");
  const std::string text =
      "net_param {"
      "  layer { name: 'in' type: 'DummyData' top: 'x'"
      "    dummy_data_param { shape { dim: 1 dim: 2 } } }"
      "  layer { name: 'only' type: 'InnerProduct' bottom: 'x' top: 'y' include { phase: TRAIN }"
      "    inner_product_param { num_output: 1 } }"
      "  layer { name: 'test' type: 'InnerProduct' bottom: 'x' top: 'y' include { phase: TEST }"
      "    inner_product_param { num_output: 1 } }"
      "  layer { name: 'loss' type: 'Reduction' bottom: 'y' top: 'loss' loss_weight: 1 } }"
      "base_lr: 0.1 lr_policy: 'fixed' test_iter: 1 test_interval: 5 ";
  make_solver(read_solver_text(text), SolverSetup{})->net()->save_weights(weights, false);
  const Log log;
  make_solver(read_solver_text(text + "weights: '" + weights + "'"), SolverSetup{});
  CHECK_EQ(log.count("the training net has nothing for \"test\""), 1);
}

TEST(fields_of_forks_are_refused_or_warned_of_once) {
  CHECK_FAILS(Status::kUnsupported, "larc is not supported; the option lenient drops it",
              made("larc: true"));
  CHECK_FAILS(Status::kUnsupported, "momentum_policy is not supported",
              made("momentum_policy: 'poly'"));
  made("larc: false momentum_policy: 'fixed' larc_policy: 'scale'");
  const Log log;
  made("larc: true store_blobs_in_old_format: true eval_type: 'detection'",
       with_nets("lenient: true"));
  CHECK_EQ(log.count("larc is dropped, as lenient asks"), 1);
  CHECK_EQ(log.count("ignored: eval_type, store_blobs_in_old_format"), 1);
}

TEST(errors_name_the_solver_file) {
  CHECK_FAILS(Status::kInvalidArgument, "a.prototxt: unknown lr_policy \"x\"",
              made("lr_policy: 'x'", {.source = "a.prototxt"}));
}

}  // namespace
}  // namespace caffe
