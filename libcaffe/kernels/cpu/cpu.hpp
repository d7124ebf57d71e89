// The CPU backend: oneDNN for what is mostly multiplication, loops of our own for the rest, on
// whichever host replica is valid. The reference takes what is left.
#pragma once

#include <memory>
#include <string>

#include "kernels/reference/reference.hpp"

namespace caffe {

class CpuKernels final : public ReferenceKernels {
 public:
  std::string name() const override { return "cpu"; }
};

}  // namespace caffe
