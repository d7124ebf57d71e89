// Lists of files in text files.
#pragma once

#include <string>
#include <vector>

namespace caffe {

// A path a line, blanks around it left out; empty lines are passed over. Paths may have blanks in
// them: only a line that is no file is taken for several paths, when every word of it is one.
// `wanted` says what it is a list of, for errors: when the file cannot be read or is no text.
std::vector<std::string> read_path_list(const std::string& source, const std::string& wanted);

}  // namespace caffe
