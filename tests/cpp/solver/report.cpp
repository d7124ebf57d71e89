// What a training logs of its speed, its loss and its outputs.
#include "solver/report.hpp"

#include "cpp/solver/regression.hpp"
#include "layers/base/registry.hpp"
#include "support/check.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::kRegression;
using test::Log;
using test::made;

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
const LayerRegistration<WaitingLayer> registration("Data", {"fcn", [](const LayerParameter& param) {
                                                              return param.name == kWaiting;
                                                            }});

TEST(training_says_how_long_it_waits_for_data) {
  std::string net = kRegression;
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

}  // namespace
}  // namespace caffe
