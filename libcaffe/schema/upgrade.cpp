#include "schema/upgrade.hpp"

#include "core/error.hpp"
#include "schema/reflection.hpp"

namespace caffe {
namespace {

// `input` and its shapes become a layer of type Input in front; inputs without shapes are dropped,
// as nobody can run such a net without giving shapes anyway.
void upgrade_inputs(NetParameter& net, Upgrade& result) {
  if (net.input.empty()) return;
  result.changed = true;
  result.warnings.push_back("the net has input fields; they have become a layer of type Input");
  const size_t inputs = net.input.size();
  const size_t shapes = net.input_shape.size(), dims = net.input_dim.size();
  if (shapes != 0 || dims != 0) {
    if (shapes != 0 ? shapes != inputs : dims != 4 * inputs) {
      fail(Status::kParse, "the net has ", inputs, " input(s) but ",
           shapes != 0 ? str(shapes, " input_shape(s), expected one for each")
                       : str(dims, " input_dim(s), expected four for each"));
    }
    LayerParameter layer;
    layer.set_name("input");
    layer.set_type("Input");
    layer.top = net.input;
    InputParameter& param = layer.input_param.mut();
    param.shape = net.input_shape;
    for (size_t i = 0; shapes == 0 && i < inputs; ++i) {
      const auto first = net.input_dim.begin() + static_cast<std::ptrdiff_t>(4 * i);
      param.shape.emplace_back().dim.assign(first, first + 4);
    }
    net.layer.insert(net.layer.begin(), std::move(layer));
  }
  net.input.clear();
  net.input_shape.clear();
  net.input_dim.clear();
}

// The statistics of BatchNorm are blobs but do not learn; files from before that was settled give
// them learning rates.
void upgrade_batch_norm(NetParameter& net, Upgrade& result) {
  for (LayerParameter& layer : net.layer) {
    if (layer.type != "BatchNorm" || layer.param.size() != 3) continue;
    for (ParamSpec& param : layer.param) {
      param.set_lr_mult(0);
      param.set_decay_mult(0);
    }
    result.changed = true;
  }
}

void add(const Upgrade& part, const std::string& where, Upgrade& whole) {
  whole.changed |= part.changed;
  for (const std::string& warning : part.warnings) whole.warnings.push_back(where + warning);
}

}  // namespace

Upgrade upgrade_net(NetParameter& net) {
  Upgrade result;
  schema::upgrade_v0(net, result);
  schema::upgrade_v1_data(net, result);
  schema::upgrade_v1(net, result);
  upgrade_inputs(net, result);
  upgrade_batch_norm(net, result);
  return result;
}

Upgrade upgrade_solver(SolverParameter& solver) {
  Upgrade result;
  if (solver.has_solver_type()) {
    if (solver.has_type()) {
      fail(Status::kParse, "the solver has both \"type\" and the older \"solver_type\"");
    }
    static constexpr const char* kTypes[] = {"SGD",     "Nesterov", "AdaGrad",
                                             "RMSProp", "AdaDelta", "Adam"};
    solver.set_type(kTypes[solver.solver_type]);
    solver.clear_solver_type();
    result.changed = true;
    result.warnings.push_back("solver_type is the older way to write type; it has been upgraded");
  }
  if (solver.has_net_param()) add(upgrade_net(solver.net_param.mut()), "net_param: ", result);
  if (solver.has_train_net_param()) {
    add(upgrade_net(solver.train_net_param.mut()), "train_net_param: ", result);
  }
  for (NetParameter& net : solver.test_net_param) add(upgrade_net(net), "test_net_param: ", result);
  return result;
}

}  // namespace caffe
