// Nets and solvers of older generations, brought to the current one.
#pragma once

#include <string>
#include <vector>

#include "schema/messages.hpp"

namespace caffe {

struct Upgrade {
  bool changed = false;
  // What the author of the file should know: which old form it has, what could not be kept.
  std::vector<std::string> warnings;
};

// V0 and V1 layers, transformation fields of data layers, inputs that are no layer, learning rates
// of BatchNorm statistics. Fails with kParse on what has no meaning: an unknown V0 type, `layer`
// and `layers` in one net. The message is unspecified after a failure.
Upgrade upgrade_net(NetParameter& net);

// Puts the blobs of weight files right that forks wrote in another order, number or shape: those of
// BatchNorm (layers/normalisation/batch_norm.cpp). The blobs have their floats in `data`.
void upgrade_weights(NetParameter& net);

// `solver_type` becomes `type`, and nets inside the solver are upgraded.
Upgrade upgrade_solver(SolverParameter& solver);

namespace schema {

// Steps of upgrade_net.
void upgrade_v0(NetParameter& net, Upgrade& result);
void upgrade_v1_data(NetParameter& net, Upgrade& result);
void upgrade_v1(NetParameter& net, Upgrade& result);

}  // namespace schema
}  // namespace caffe
