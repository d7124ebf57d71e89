// Training as a whole: what step() does in which order, snapshots and resuming, failures.
#include "solver/solver.hpp"

#include <cstring>
#include <filesystem>
#include <limits>

#include "layers/base/registry.hpp"
#include "schema/files.hpp"
#include "solver/not_finite.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::Folder;
using test::Log;

// Regression onto random targets: every pass sees other data, and drops other values.
const char* const kNet =
    "net_param { name: 'regression'"
    "  layer { name: 'data' type: 'DummyData' top: 'data' top: 'target' dummy_data_param {"
    "    shape { dim: 4 dim: 3 } shape { dim: 4 dim: 2 }"
    "    data_filler { type: 'gaussian' } data_filler { type: 'uniform' } } }"
    "  layer { name: 'drop' type: 'Dropout' bottom: 'data' top: 'data' }"
    "  layer { name: 'ip' type: 'InnerProduct' bottom: 'data' top: 'ip'"
    "    param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 }"
    "    inner_product_param { num_output: 2 weight_filler { type: 'xavier' } } }"
    "  layer { name: 'loss' type: 'EuclideanLoss' bottom: 'ip' bottom: 'target' top: 'loss' } }"
    "base_lr: 0.1 max_iter: 10 random_seed: 1 solver_mode: CPU ";

std::unique_ptr<Solver> made(const std::string& text, const SolverSetup& setup = {}) {
  const bool has_policy = text.find("lr_policy") != std::string::npos;
  std::string fields = kNet;
  const std::string length = "max_iter: 10";
  if (text.find("max_iter") != std::string::npos) fields.erase(fields.find(length), length.size());
  return make_solver(read_solver_text(fields + text + (has_policy ? "" : " lr_policy: 'fixed'")),
                     setup);
}

std::vector<float> weights(const Solver& solver) {
  std::vector<float> values;
  for (const Net::Learnable& each : solver.net()->learnable()) {
    const float* data = each.blob->data().read();
    values.insert(values.end(), data, data + each.blob->count());
  }
  return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// A data layer that says it has waited for so long.
double seconds_waited = 0;

class WaitingLayer final : public Layer {
 public:
  using Layer::Layer;
  Arity arity() const override { return Arity::exact(0, 0); }
  void reshape(const BlobPointers&, const BlobPointers&) override {}
  void forward(const BlobPointers&, const BlobPointers&) override {}
  double wait_seconds() const override { return seconds_waited; }
};

const char* const kWaiting = "waits in the solver's tests";
const LayerRegistration<WaitingLayer> registration("Data", {"hed", [](const LayerParameter& param) {
                                                              return param.name == kWaiting;
                                                            }});

TEST(training_says_how_long_it_waits_for_data) {
  std::string net = kNet;
  net.insert(net.find("layer {"), str("layer { name: \"", kWaiting, "\" type: 'Data' } "));
  const auto solver =
      make_solver(read_solver_text(net + "display: 2 lr_policy: 'fixed'"), SolverSetup{});
  double a_pass = 1e6;
  seconds_waited = 0;
  solver->add_callback([&](int event) {
    if (event == Solver::kBeforeStep) seconds_waited += a_pass;
  });
  {
    const Log log;
    solver->step(1);
    CHECK_EQ(log.count("Waited for data"), 0);  // the first display
    solver->step(5);                            // begins anew at 1: displays at 2 and 4
    CHECK_EQ(log.count("    Waited for data: 100% of the time"), 1);
  }
  a_pass = 0;
  const Log log;
  solver->step(10);
  CHECK_EQ(log.count("Waited for data"), 0);
}

TEST(training_lowers_the_loss) {
  const auto solver = made("average_loss: 20 momentum: 0.5");
  solver->step(20);
  const float early = solver->smoothed_loss();
  solver->step(100);
  CHECK_EQ(solver->iter(), 120);
  CHECK(solver->smoothed_loss() < 0.8f * early);
}

TEST(a_seed_repeats_a_training) {
  const auto one = made(""), two = made(""), other = made("", {.seed = 9});
  for (const auto* solver : {&one, &two, &other}) (*solver)->step(3);
  CHECK(same_bits(weights(*one), weights(*two)));
  CHECK(!same_bits(weights(*one), weights(*other)));
}

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
  const auto resumed = made(text, {.seed = 1});
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
TEST(resume_multifixed_and_warmup) {
  check_resumes_to_the_same_bits(
      "lr_policy: 'multifixed' stagelr: 0.1 stageiter: 5 stagelr: 0.01 stageiter: 9 "
      "warmup_iter: 3 warmup_start_lr: 0.01");
}
TEST(resume_multistep) {
  check_resumes_to_the_same_bits(
      "lr_policy: 'multistep' gamma: 0.5 stepvalue: 2 stepvalue: 2 stepvalue: 7");
}

TEST(fields_of_forks_are_refused_or_warned_of_once) {
  CHECK_FAILS(Status::kUnsupported, "larc is not supported; the option lenient drops it",
              made("larc: true"));
  CHECK_FAILS(Status::kUnsupported, "momentum_policy is not supported",
              made("momentum_policy: 'poly'"));
  made("larc: false momentum_policy: 'fixed' larc_policy: 'scale'");
  const Log log;
  made("larc: true store_blobs_in_old_format: true eval_type: 'detection'", {.lenient = true});
  CHECK_EQ(log.count("larc is dropped, as lenient asks"), 1);
  CHECK_EQ(log.count("ignored: eval_type, store_blobs_in_old_format"), 1);
}

TEST(rules_refuse_shares_of_the_past_that_make_no_sense) {
  for (const std::string text :
       {"type: 'Adam' momentum2: 1", "type: 'Adam' momentum: 1", "type: 'Adam' momentum: -0.1",
        "type: 'AdaDelta' momentum: 1", "type: 'RMSProp' rms_decay: 1"}) {
    CHECK_FAILS(Status::kInvalidArgument, "must be at least 0 and below 1", made(text));
  }
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
  std::string text = kNet;
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

TEST(the_shown_loss_is_a_mean) {
  const auto solver = made("average_loss: 3");
  std::vector<float> losses;
  solver->add_callback([&](int event) {
    if (event == Solver::kGradientsReady) {
      losses.push_back(solver->net()->blobs()[solver->net()->blob_index("loss")]->data().read()[0]);
    }
  });
  solver->step(5);
  CHECK_NEAR(solver->smoothed_loss(), (losses[2] + losses[3] + losses[4]) / 3, 1e-5, 0);
}

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

TEST(training_without_an_iteration_to_do_is_warned_of) {
  const Folder folder;
  const auto solver = made("max_iter: 0 snapshot_prefix: '" + folder.file("s") + "'");
  const Log log;
  solver->solve("");
  CHECK_EQ(log.count("max_iter is 0 and the training at iteration 0: there is nothing to train"),
           1);
}

TEST(an_interval_of_tests_without_their_batches_is_warned_of) {
  const Log log;
  made("test_interval: 10");
  CHECK_EQ(log.count("test_interval is 10, but there is no test_iter"), 1);
  made("test_interval: 10 test_iter: 1");
  CHECK_EQ(log.count("but there is no test_iter"), 1);
}

TEST(errors_name_the_solver_file) {
  CHECK_FAILS(Status::kInvalidArgument, "a.prototxt: unknown lr_policy \"x\"",
              made("lr_policy: 'x'", {.source = "a.prototxt"}));
}

}  // namespace
}  // namespace caffe
