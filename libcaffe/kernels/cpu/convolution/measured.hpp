// A convolution by whichever candidate was the fastest when a forward tried them: the first
// forward, or, where a layer sees many sizes, a later one (ConvolutionChoices::worth_measuring).
// Until then it goes by the first candidate.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "kernels/cpu/convolution/candidates.hpp"
#include "kernels/cpu/convolution/choices.hpp"

namespace caffe {

using Seconds = std::chrono::duration<double>;

// For inference. `candidates` are those of `spec`; `choices` outlive the result; `now` is the clock
// that measures.
std::unique_ptr<Convolution> measured_convolution(
    const ConvolutionSpec& spec, std::vector<ConvolutionCandidate> candidates,
    ConvolutionChoices& choices = convolution_choices(), std::function<Seconds()> now = [] {
      return Seconds(std::chrono::steady_clock::now().time_since_epoch());
    });

}  // namespace caffe
