// The test nets of a solver.
#include "schema/files.hpp"
#include "solver/solver.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::Folder;
using test::Log;

// Files of weights are the training net's; they need not have anything for a test net.
TEST(weights_of_a_training_may_have_nothing_for_test_nets) {
  const Folder folder;
  const std::string weights = folder.file("w.caffemodel");
  const std::string text =
      "net_param { layer { name: 'in' type: 'DummyData' top: 'x' dummy_data_param { shape { dim: 1 "
      "dim: 2 } } } layer { name: 'only' type: 'InnerProduct' bottom: 'x' top: 'y' include { phase: "
      "TRAIN } inner_product_param { num_output: 1 } } layer { name: 'test' type: 'InnerProduct' "
      "bottom: 'x' top: 'y' include { phase: TEST } inner_product_param { num_output: 1 } } layer { "
      "name: 'loss' type: 'Reduction' bottom: 'y' top: 'loss' loss_weight: 1 } } base_lr: 0.1 "
      "lr_policy: 'fixed' test_iter: 1 test_interval: 5 ";
  make_solver(read_solver_text(text), SolverSetup{})->net()->save_weights(weights, false);
  const Log log;
  make_solver(read_solver_text(text + "weights: '" + weights + "'"), SolverSetup{});
  CHECK_EQ(log.count("the training net has nothing for \"test\""), 1);
}

}  // namespace
}  // namespace caffe
