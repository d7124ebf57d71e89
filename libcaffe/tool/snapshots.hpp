// The snapshots of a training that lie on the disk.
#pragma once

#include <string>

namespace caffe::tool {

// The path of the state <prefix>_iter_<n>.solverstate, or .solverstate.h5, with the greatest n;
// "" when there is none.
std::string newest_snapshot(const std::string& prefix);

}  // namespace caffe::tool
