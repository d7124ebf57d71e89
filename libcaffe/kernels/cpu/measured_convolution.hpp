// A convolution by whichever candidate was the fastest when a forward tried them: the first one, or,
// where a layer sees many sizes, a later one (ConvolutionChoices::worth_measuring). Until then it
// goes by the first candidate.
#pragma once

#include <memory>
#include <vector>

#include "kernels/cpu/convolution_candidates.hpp"
#include "kernels/cpu/convolution_choices.hpp"

namespace caffe {

// For inference. `candidates` are those of `spec`; `choices` outlive the result.
std::unique_ptr<Convolution> measured_convolution(
    const ConvolutionSpec& spec, std::vector<ConvolutionCandidate> candidates,
    ConvolutionChoices& choices = convolution_choices());

}  // namespace caffe
