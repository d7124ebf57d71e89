// A small training for the solver's tests, and its weights.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "schema/files.hpp"
#include "schema/text.hpp"
#include "solver/solver.hpp"

namespace caffe::test {

// Regression onto random targets: every pass sees other data, and drops other values. Its solver
// takes ten iterations.
inline const std::string kRegression =
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

// A set-up whose nets have these options.
inline SolverSetup with_nets(const std::string& options) {
  SolverSetup setup;
  parse_text("net { " + options + " }", setup.options);
  return setup;
}

// The solver of the regression, with more fields.
inline std::unique_ptr<Solver> made(const std::string& text, const SolverSetup& setup = {}) {
  const bool has_policy = text.find("lr_policy") != std::string::npos;
  std::string fields = kRegression;
  const std::string length = "max_iter: 10";
  if (text.find("max_iter") != std::string::npos) fields.erase(fields.find(length), length.size());
  return make_solver(read_solver_text(fields + text + (has_policy ? "" : " lr_policy: 'fixed'")),
                     setup);
}

inline std::vector<float> weights(const Solver& solver) {
  std::vector<float> values;
  for (const Net::Learnable& each : solver.net()->learnable()) {
    const float* data = each.blob->data().read();
    values.insert(values.end(), data, data + each.blob->count());
  }
  return values;
}

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace caffe::test
