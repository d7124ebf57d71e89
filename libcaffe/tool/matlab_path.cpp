// `caffe matlab-path`: the folder that holds the MATLAB and Octave package, for addpath.
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/modules.hpp"
#include "tool/command.hpp"

namespace caffe::tool {

int matlab_path(const Flags& /*flags*/) {
  namespace fs = std::filesystem;
  const fs::path library = library_folder();
  std::vector<std::string> looked_in;
  // Installed under a prefix, in the archive (the library is in its lib/), in a build folder.
  for (const char* place : {"../share/caffe/matlab", "..", "../matlab"}) {
    std::error_code ignored;
    const fs::path folder = fs::weakly_canonical(library / place, ignored);
    if (fs::is_directory(folder / "+caffe", ignored)) {
      std::printf("%s\n", folder.c_str());
      return 0;
    }
    looked_in.push_back(folder.string());
  }
  fail(Status::kNotFound, "the MATLAB and Octave package (+caffe) is not installed with this ",
       "library (looked in ", joined(looked_in), ")");
}

}  // namespace caffe::tool
