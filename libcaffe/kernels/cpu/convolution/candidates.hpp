// The algorithms a convolution may be computed by, with their names.
#pragma once

#include <memory>
#include <vector>

#include "kernels/kernels.hpp"

namespace caffe {

struct ConvolutionCandidate {
  const char* name;
  std::unique_ptr<Convolution> (*make)(const ConvolutionSpec& spec);
};

// Those that come into question, at least one. There are several only where measuring is to decide
// between them.
std::vector<ConvolutionCandidate> convolution_candidates(const ConvolutionSpec& spec);

}  // namespace caffe
