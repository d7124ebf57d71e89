// Weights with which nothing is learned.
#pragma once

#include "net/net.hpp"

namespace caffe {

// Warns of layers whose weights are all zeros because nobody gave them any: no filler, whose
// default is 0, no file. Biases, statistics and factors, which begin like that, are no weights.
void warn_of_zero_weights(const Net& net);

}  // namespace caffe
