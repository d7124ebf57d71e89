// Nets as callers ask for them.
#pragma once

#include <memory>
#include <string>

#include "net/net.hpp"
#include "schema/messages.hpp"

namespace caffe::api {

// A net of an upgraded definition, with the weights that the options name. `source` is the
// definition's file, for messages.
std::shared_ptr<Net> new_net(const NetParameter& param, Phase phase, const NetOptions& options,
                             const std::string& source);

}  // namespace caffe::api
