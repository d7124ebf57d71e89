// Keeping NaN and infinity out of parameters and snapshots, and saying where in the net they came
// from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/net.hpp"

namespace caffe {

// The first parameter or blob, in the order in which layers run, that holds a value that is not
// finite: `parameter 0 of layer "ip1" (InnerProduct)`, `blob "ip1", made by layer ...`; "" when
// there is none.
std::string first_not_finite(const Net& net);

// Whether all values, or all gradients, are finite.
bool finite(const Blob& blob);
bool finite_diff(const Blob& blob);

// What a training does about them. A loss that is no number may be an accident of one batch, and
// training goes on; a gradient that is none would make parameters so, which no later
// step mends.
class FiniteCheck {
 public:
  // Training begins, or goes on from a snapshot: parameters that are not finite now (a mask of
  // minus infinity) may stay so.
  void begin(const Net& net);
  // Warns of the first loss that is not finite: where it came from can only be seen now.
  void watch_loss(const Net& net, int64_t iter, float loss);
  // Fails when a gradient that changes a parameter is not finite.
  void check_gradients(const Net& net, int64_t iter, float loss) const;
  // Fails when training has left a parameter that is not finite any more.
  void check_parameters(const Net& net, int64_t iter) const;

 private:
  bool warned_ = false;
  std::vector<bool> began_finite_;  // each parameter; empty before training began
};

}  // namespace caffe
