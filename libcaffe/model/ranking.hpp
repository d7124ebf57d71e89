// Which of some scores are the largest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace caffe {

// The indices of the `most` largest of `count` values, the largest first; of equal ones the lower
// index comes first, and what is no number last.
std::vector<int64_t> largest(const float* values, int64_t count, int64_t most);

// The lines of a file, as labels are kept: the name of class i in line i.
std::vector<std::string> read_labels(const std::string& path);

}  // namespace caffe
