#include "solver/net_choice.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "schema/files.hpp"

namespace caffe {

namespace {

// As protobuf merges: what is given replaces, stages are added.
void merge(const NetState& from, NetState& into) {
  if (from.has_phase()) into.set_phase(from.phase);
  if (from.has_level()) into.set_level(from.level);
  into.stage.insert(into.stage.end(), from.stage.begin(), from.stage.end());
}

NetChoice in_place(const NetParameter& net, const std::string& field) {
  return {net, {}, field, field};
}

NetChoice from_file(const std::string& file, const std::string& field, bool lenient) {
  return {read_net(file, lenient), {}, field + " file: " + file, file};
}

// The state of the train or test net: what the phase says, then the net, then the solver.
void settle_state(NetChoice& choice, Phase phase, const NetState* state) {
  choice.state.set_phase(phase);
  merge(*choice.param.state, choice.state);
  if (state != nullptr) merge(*state, choice.state);
}

}  // namespace

NetChoice choose_train_net(const SolverParameter& param, bool lenient) {
  const char* fields = "net, net_param, train_net, train_net_param";
  const int given =
      param.has_net() + param.has_net_param() + param.has_train_net() + param.has_train_net_param();
  if (given == 0) {
    fail(Status::kInvalidArgument, "no net to train: one of ", fields, " must be given");
  }
  if (given > 1) {
    fail(Status::kInvalidArgument, "more than one net to train: only one of ", fields,
         " may be given");
  }
  NetChoice choice = param.has_train_net_param()
                         ? in_place(*param.train_net_param, "train_net_param")
                     : param.has_net_param() ? in_place(*param.net_param, "net_param")
                     : param.has_train_net() ? from_file(param.train_net, "train_net", lenient)
                                             : from_file(param.net, "net", lenient);
  settle_state(choice, TRAIN, param.train_state.present() ? &*param.train_state : nullptr);
  return choice;
}

std::vector<NetChoice> choose_test_nets(const SolverParameter& param, bool lenient) {
  if (param.has_net() && param.has_net_param()) {
    fail(Status::kInvalidArgument, "only one of net and net_param may be given");
  }
  const bool generic = param.has_net() || param.has_net_param();
  const size_t named = param.test_net_param.size() + param.test_net.size();
  const size_t wanted = param.test_iter.size();
  if (generic ? wanted < named : wanted != named) {
    fail(Status::kInvalidArgument, "test_iter must be given once for each test net: ", named,
         " test net(s), ", wanted, " test_iter");
  }
  if (!param.test_state.empty() && param.test_state.size() != wanted) {
    fail(Status::kInvalidArgument,
         "test_state must be given for every test net or for none: ", wanted, " test net(s), ",
         param.test_state.size(), " test_state");
  }
  if (wanted > 0 && param.test_interval <= 0) {
    fail(Status::kInvalidArgument, "test_iter is given, so test_interval must be above 0, it is ",
         param.test_interval);
  }
  if (wanted == 0 && param.test_interval > 0) {
    CAFFE_LOG(kWarning, "test_interval is ", param.test_interval,
              ", but there is no test_iter, the ",
              "number of batches of a test: nothing is tested");
  }
  std::vector<NetChoice> choices;
  for (const NetParameter& net : param.test_net_param) {
    choices.push_back(in_place(net, "test_net_param"));
  }
  for (const std::string& file : param.test_net) {
    choices.push_back(from_file(file, "test_net", lenient));
  }
  while (choices.size() < wanted) {
    choices.push_back(param.has_net_param() ? in_place(*param.net_param, "net_param")
                                            : from_file(param.net, "net", lenient));
  }
  for (size_t i = 0; i < wanted; ++i) {
    settle_state(choices[i], TEST, param.test_state.empty() ? nullptr : &param.test_state[i]);
  }
  return choices;
}

}  // namespace caffe
