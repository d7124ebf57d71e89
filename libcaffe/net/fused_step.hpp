// Several layers run as one. A step holds pointers to layers and blobs of the graph it is of.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/base/roles.hpp"
#include "net/followers.hpp"

namespace caffe {

class FusedStep {
 public:
  virtual ~FusedStep() = default;
  // All layers of the step have been given their bottoms' shapes before.
  virtual void run() = 0;
  virtual std::string implementation() const = 0;
};

// What a plan runs as one.
struct Step {
  std::vector<size_t> layers;        // what it does, in order; it runs in the first one's place
  std::unique_ptr<FusedStep> fused;  // null: the one layer's own forward
  // The layer whose top is complete behind this step, after others have written their parts of it:
  // it has no step of its own, but shapes to follow.
  std::optional<size_t> joined = {};
};

// A convolution and what follows it. The result goes to `top`; with `joint` it is those of its
// channels that begin at first_channel, and `top` follows the shape of the first part that comes.
struct ConvolutionChain {
  const Layer* layer = nullptr;
  const ConvolutionRole* role = nullptr;  // the layer's
  const Blob* bottom = nullptr;
  Followers followers = {};
  Blob* top = nullptr;
  bool joint = false;
  int64_t first_channel = 0;
};
std::unique_ptr<FusedStep> fused_convolution(const ConvolutionChain& chain, Kernels& kernels);

// Functions per channel one after the other, then perhaps an activation. `top` may be `bottom`.
struct ChannelChain {
  const Blob* bottom = nullptr;
  Followers followers = {};  // without an addend
  Blob* top = nullptr;
};
std::unique_ptr<FusedStep> fused_channel_map(const ChannelChain& chain, Kernels& kernels);

}  // namespace caffe
