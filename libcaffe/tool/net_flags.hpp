// Flags that say how a net is made: each is the field of NetOptions that has its name.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "net/net.hpp"
#include "tool/flags.hpp"

namespace caffe::tool {

// One for every field of NetOptions.
std::span<const Flag> net_flags();

// The options that were given; the values of repeated fields stand between commas. Fails on a value
// that its field cannot hold.
NetOptions net_options(const Flags& flags);

// The net of the prototxt `model`, as the flags say.
std::unique_ptr<Net> make_net(const Flags& flags, Phase phase, const std::string& model);

}  // namespace caffe::tool
