// Layer types of forks that are known by name only, so that an error can say whose they are.
#pragma once

#include <string_view>

namespace caffe::schema {

// The fork that has the layer type, by its current name ("GainChannel") or by that of V1 nets
// ("GAIN_CHANNEL"); "" for a type that is not known.
std::string_view fork_of_type(std::string_view type);

}  // namespace caffe::schema
