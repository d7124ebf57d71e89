#include "solver/settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/device.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "schema/reflection.hpp"
#include "solver/learning_rate.hpp"

namespace caffe {

namespace {

// A training of days must not find out at its first snapshot that it cannot take one.
void check_prefix_is_writable(const std::string& prefix) {
  const std::string probe = str(prefix, "_iter_0.", ::getpid(), ".tempfile");
  std::FILE* file = std::fopen(probe.c_str(), "wb");
  if (file == nullptr) {
    fail(Status::kIo, "cannot write to snapshot_prefix ", quoted(prefix), ": ",
         std::strerror(errno));
  }
  std::fclose(file);
  std::remove(probe.c_str());
}

// A NaN or an infinity would reach every parameter with the first update.
void check_finite(const SolverParameter& param) {
  using schema::Kind;
  const auto check = [](const schema::Field& field, double value) {
    if (std::isfinite(value)) return;
    fail(Status::kInvalidArgument, field.name, " is ", value, ", expected a finite number");
  };
  for (const schema::Field& field : param.message_type().fields) {
    if (field.kind != Kind::kFloat) continue;
    if (field.repeated()) {
      for (const float value : schema::floats(field, param)) check(field, value);
    } else {
      check(field, schema::get<float>(field, param));
    }
  }
}

template <class T>
void check_not_negative(const char* field, T value) {
  if (value >= 0) return;
  fail(Status::kInvalidArgument, field, " is ", value, ", expected 0 or more");
}

void check_none_negative(const char* field, const std::vector<int32_t>& values) {
  for (const int32_t value : values) check_not_negative(field, value);
}

// Numbers of iterations. The original takes a negative interval for one of 1.
void check_counts(const SolverParameter& param) {
  check_not_negative("max_iter", param.max_iter);
  check_none_negative("test_iter", param.test_iter);
  check_not_negative("test_interval", param.test_interval);
  check_not_negative("display", param.display);
  check_not_negative("snapshot", param.snapshot);
  check_none_negative("stepvalue", param.stepvalue);
  check_none_negative("stageiter", param.stageiter);
  check_not_negative("warmup_iter", param.warmup_iter);
  check_not_negative("rampup_interval", param.rampup_interval);
  for (const int32_t window : param.plateau_winsize) {
    if (window < 1) {
      fail(Status::kInvalidArgument, "plateau_winsize is ", window, ", expected 1 or more");
    }
  }
}

// What is surely a slip, but could be meant.
void warn_of_slips(const SolverParameter& param) {
  const std::pair<const char*, float> values[] = {
      {"base_lr", param.base_lr},
      {"weight_decay", param.weight_decay},
      {"momentum", param.momentum},
  };
  for (const auto& [name, value] : values) {
    if (value < 0) CAFFE_LOG(kWarning, name, " is ", value, ", a negative number");
  }
  if (param.momentum >= 1) {
    CAFFE_LOG(kWarning, "momentum is ", param.momentum, ": with 1 or more the steps grow for ever");
  }
}

}  // namespace

void check_settings(SolverParameter& param) {
  check_finite(param);
  check_counts(param);
  check_policy(param);
  warn_of_slips(param);
  check_not_negative("min_lr", param.min_lr);
  check_not_negative("delta", param.delta);
  if (param.average_loss < 1) {
    fail(Status::kInvalidArgument, "average_loss must be at least 1, it is ", param.average_loss);
  }
  if (param.iter_size < 1) {
    CAFFE_LOG(kWarning, "iter_size is ", param.iter_size, ", 1 is taken for it");
    param.set_iter_size(1);
  }
  const std::string& type = param.regularization_type;
  if (param.weight_decay != 0 && type != "L1" && type != "L2") {
    fail(Status::kInvalidArgument, "unknown regularization_type ", quoted(type),
         " (known: L1, L2)");
  }
  if (param.snapshot > 0) check_prefix_is_writable(param.snapshot_prefix);
}

void check_options(const SolverOptions& options) {
  const NetOptions& net = *options.net;
  if (net.has_level() || !net.stage.empty()) {
    fail(Status::kInvalidArgument,
         "options: a solver's nets have the levels and stages of its prototxt (train_state, ",
         "test_state)");
  }
  if (net.optimize || !net.keep.empty()) {
    fail(Status::kInvalidArgument,
         "options: optimize and keep are for nets that only run forward, which a solver's do not");
  }
}

void settle_device(const SolverParameter& param, NetOptions& options) {
  // Whoever has chosen a device means it, whatever solver_mode the prototxt was written for.
  const bool chosen = options.has_device() || chosen_device() != nullptr;
  if (chosen || !param.has_solver_mode() || param.solver_mode != SolverParameter::GPU) return;
  if (!has_gpu_kind()) {
    fail_without_gpu(
        "solver_mode: GPU",
        "write solver_mode: CPU, or choose the device \"cpu\" (caffe train -device cpu)");
  }
  options.set_device(find_device(gpu_name(param.device_id)).name());
}

void settle_snapshot_prefix(SolverParameter& param, const std::string& solver_file) {
  namespace fs = std::filesystem;
  const fs::path file = solver_file.empty() ? fs::path("solver") : fs::path(solver_file);
  std::string prefix = param.snapshot_prefix;
  std::error_code ignored;
  if (prefix.empty()) {
    prefix = fs::path(file).replace_extension().string();
  } else if (fs::is_directory(prefix, ignored)) {
    prefix = (fs::path(prefix) / file.stem()).string();
  } else {
    return;
  }
  param.set_snapshot_prefix(prefix);
}

std::vector<std::string> split_list(const std::string& list) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (begin <= list.size()) {
    const size_t end = std::min(list.find(',', begin), list.size());
    std::string part = list.substr(begin, end - begin);
    part.erase(0, part.find_first_not_of(" \t\n"));
    part.erase(part.find_last_not_of(" \t\n") + 1);
    if (!part.empty()) parts.push_back(part);
    begin = end + 1;
  }
  return parts;
}

}  // namespace caffe
