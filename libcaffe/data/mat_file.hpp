// One array in a MAT file of level 5, the format of MATLAB 5 and later, Octave and SciPy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace caffe {

// Writes a file with one array of singles. `dims` are MATLAB's: values lie with the first of them
// innermost, as those of a blob do when its extents are given from the last to the first. The file
// is whole or not there (core/files.hpp). Fails on more than the format holds, 2 GB.
void write_mat(const std::string& path, const std::string& name, const std::vector<int64_t>& dims,
               const float* values);

struct MatArray {
  std::vector<int64_t> dims;  // at least two
  std::vector<float> values;
};

// The array called `name` of a file, numbers of any type. Fails when the file is none of level 5,
// is damaged, or has no such array; and with kUnsupported when it is compressed (MATLAB's
// `save -v6` writes one that is not), complex or sparse, or from a machine of the other byte order.
MatArray read_mat(const std::string& path, const std::string& name);

}  // namespace caffe
