// Which layers of a definition belong to a net of a given phase, level and stages.
#pragma once

#include <string>

#include "schema/messages.hpp"

namespace caffe {

// The layers whose include and exclude rules `param.state` meets. Fails on a layer with both kinds.
// Warns of a stage that is nearly, but not, one that a layer has a rule for. `source` is the file's
// name, for messages.
NetParameter filter_net(const NetParameter& param, const std::string& source = "");

}  // namespace caffe
