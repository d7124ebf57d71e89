#include "solver/settings.hpp"

#include <filesystem>

#include "core/device.hpp"
#include "schema/reflection.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

SolverParameter solver(const std::string& text) {
  SolverParameter param;
  parse_text("lr_policy: 'fixed' base_lr: 1 " + text, param);
  return param;
}

std::string prefix(const std::string& text, const std::string& file) {
  SolverParameter param = solver(text);
  settle_snapshot_prefix(param, file);
  return param.snapshot_prefix;
}

TEST(snapshot_prefix_comes_from_the_solver_file) {
  CHECK_EQ(prefix("", "a/lenet.prototxt"), "a/lenet");
  CHECK_EQ(prefix("", "a/lenet.solver.prototxt"), "a/lenet.solver");
  CHECK_EQ(prefix("snapshot_prefix: ''", "lenet"), "lenet");
  CHECK_EQ(prefix("", ""), "solver");
  CHECK_EQ(prefix("snapshot_prefix: 'out/x'", "a/lenet.prototxt"), "out/x");
}

TEST(snapshot_prefix_may_be_a_directory) {
  const std::string folder = std::filesystem::temp_directory_path().string();
  CHECK_EQ(prefix("snapshot_prefix: '" + folder + "'", "a/lenet.prototxt"), folder + "/lenet");
}

void check_refused(const std::string& text, Status status, const std::string& part) {
  SolverParameter param = solver(text);
  CHECK_FAILS(status, part, check_settings(param));
}

TEST(settings_that_cannot_work) {
  check_refused("average_loss: 0", Status::kInvalidArgument, "average_loss must be at least 1");
  check_refused("weight_decay: 0.1 regularization_type: 'L3'", Status::kInvalidArgument,
                "unknown regularization_type \"L3\"");
  check_refused("snapshot: 1 snapshot_prefix: '/no/such/dir/x'", Status::kIo,
                "cannot write to snapshot_prefix \"/no/such/dir/x\"");
}

void check_number_refused(const std::string& text, const std::string& part) {
  SolverParameter param;
  parse_text("lr_policy: 'fixed' " + text, param);
  CHECK_FAILS(Status::kInvalidArgument, part, check_settings(param));
}

TEST(numbers_are_finite) {
  for (const schema::Field& field : SolverParameter::descriptor().fields) {
    if (field.kind != schema::Kind::kFloat) continue;
    for (const std::string value : {"nan", "inf", "-inf", "1e40"}) {
      check_number_refused(str(field.name, ": ", value), str(field.name, " is "));
    }
  }
}

TEST(counts_are_not_negative) {
  for (const std::string field : {"max_iter", "test_iter", "test_interval", "display", "snapshot",
                                  "stepvalue", "stageiter", "warmup_iter", "rampup_interval"}) {
    check_number_refused(field + ": -1", field + " is -1, expected 0 or more");
  }
  check_number_refused("plateau_winsize: 0", "plateau_winsize is 0, expected 1 or more");
  check_number_refused("min_lr: -1", "min_lr is -1");
  check_number_refused("delta: -1", "delta is -1");
}

// What the original trains with is no error, however odd.
TEST(odd_numbers_are_taken) {
  for (const std::string text :
       {"base_lr: -1", "momentum: 1.5", "weight_decay: -0.1", "clip_gradients: -7",
        "lr_policy: 'exp' gamma: -0.5", "lr_policy: 'inv' gamma: -0.1 power: 1",
        "lr_policy: 'sigmoid' gamma: -0.1", "lr_policy: 'sigmoid' gamma: 0.1 stepsize: -5",
        "lr_policy: 'multistep' gamma: 0.1 stepvalue: 5 stepvalue: 3"}) {
    SolverParameter param;
    parse_text(text.starts_with("lr_policy") ? text : "lr_policy: 'fixed' " + text, param);
    check_settings(param);
  }
}

TEST(regularization_only_matters_with_decay) {
  SolverParameter param = solver("regularization_type: 'L3'");
  check_settings(param);
}

TEST(iter_size_of_zero_is_one) {
  SolverParameter param = solver("iter_size: 0");
  check_settings(param);
  CHECK_EQ(param.iter_size, 1);
}

TEST(a_gpu_that_is_asked_for_by_name_is_refused) {
  const SolverParameter param = solver("solver_mode: GPU");
  NetOptions cpu;
  cpu.set_device("cpu");
  NetOptions none;
  settle_device(param, cpu);
  CHECK_EQ(cpu.device, "cpu");
  settle_device(solver(""), none);
  CHECK(!none.has_device());
  if (chosen_device() == nullptr) {
    CHECK_FAILS(Status::kUnsupported, "write solver_mode: CPU", settle_device(param, none));
  } else {
    settle_device(param, none);  // what is chosen counts
    CHECK(!none.has_device());
  }
}

TEST(options_that_no_solvers_nets_can_have_are_refused) {
  SolverOptions options;
  check_options(options);
  options.net.mut().set_seed(1);
  check_options(options);
  options.net.mut().stage.push_back("deploy");
  CHECK_FAILS(Status::kInvalidArgument, "train_state", check_options(options));
  options.net.mut().stage.clear();
  options.net.mut().keep.push_back("conv1");
  CHECK_FAILS(Status::kInvalidArgument, "only run forward", check_options(options));
}

TEST(lists_are_split_at_commas) {
  CHECK(split_list(" a ,b.c,, d e") == (std::vector<std::string>{"a", "b.c", "d e"}));
  CHECK(split_list("").empty());
}

}  // namespace
}  // namespace caffe
