// A blob that several layers read gets a Split layer behind it, so that each reader has a diff of
// its own to write and the sum flows back.
#pragma once

#include <string>

#include "schema/messages.hpp"

namespace caffe {

// The definition with the Split layers it needs, under the names the original gives them:
// `<blob>_<layer>_<top index>_split`, whose tops are `..._split_0`, `..._split_1` and so on. A loss
// weight on a shared blob counts as a reader and moves to the first of these. Fails on a bottom
// that no layer before makes. `source` is the file's name, for messages.
NetParameter insert_splits(const NetParameter& param, const std::string& source = "");

}  // namespace caffe
