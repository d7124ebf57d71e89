// What a net is made from besides its definition. The options' message (proto/caffe.proto) is the
// one carrier of options, from the C ABI, a solver or the command line down to the layer that looks
// at one: a new option is a field there and the line that reads it.
#pragma once

#include <memory>
#include <string>

#include "schema/messages.hpp"

namespace caffe {

class Kernels;
class Net;

struct NetSetup {
  NetState state;           // phase, level, stages
  NetOptions options = {};  // but for level, stage and weights, which make_net() looks at
  std::string source = {};  // the definition's file, for messages
};

// The device and the kernels that the options name, or the process's default device and its
// fastest. A backend of the host's goes with the host.
std::shared_ptr<Kernels> kernels_of(const NetOptions& options);

// Makes the options those of one net: what they leave to the process is written into them (the
// seed). Fails on those that no net can have: an unknown dialect, a device that is not there.
void settle_options(NetOptions& options);

// A net of an upgraded definition in `phase`: its own state with the level and the stages of the
// options, then their weights.
std::unique_ptr<Net> make_net(const NetParameter& param, Phase phase, const NetOptions& options,
                              const std::string& source);

}  // namespace caffe
