// Which layers of a definition belong to a net of a given phase, level and stages.
#pragma once

#include "schema/messages.hpp"

namespace caffe {

// The layers whose include and exclude rules `param.state` meets. Fails on a layer with both kinds.
NetParameter filter_net(const NetParameter& param);

}  // namespace caffe
