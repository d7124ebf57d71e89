// Which nets a solver prototxt asks for: by one of four fields, in files or in place.
#pragma once

#include <string>
#include <vector>

#include "schema/messages.hpp"

namespace caffe {

struct NetChoice {
  NetParameter param;
  NetState state;
  std::string source;  // as the log says it: "net file: lenet.prototxt"
  std::string file;    // the file's name, or the solver's field for a definition in place
};

// Fails unless exactly one of net, net_param, train_net and train_net_param is given.
NetChoice choose_train_net(const SolverParameter& param, bool lenient);

// First those of test_net_param, then of test_net, then net or net_param for every test_iter that
// is left over.
std::vector<NetChoice> choose_test_nets(const SolverParameter& param, bool lenient);

}  // namespace caffe
