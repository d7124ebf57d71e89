// What a layer may be besides a Layer when its forwards depend on each other.
#pragma once

#include <functional>

namespace caffe {

// The layer carries something that is no parameter from one forward to the next: a recurrent
// layer's last states, running statistics. A layer takes the role by deriving from it, too.
class CarryingRole {
 public:
  virtual ~CarryingRole() = default;
  // A function that puts back what is carried now.
  virtual std::function<void()> remember() = 0;
};

}  // namespace caffe
