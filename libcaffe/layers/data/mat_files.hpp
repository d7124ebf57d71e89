// The names of the files of MatWrite and MatRead:
//
//   prefix + (a name of the list, without its last `strip` characters; or "iter_" and the number)
//   + "_blob_" + which bottom or top + ".mat"
#pragma once

#include <string>
#include <vector>

namespace caffe {

class MatFiles {
 public:
  // `source` lists a name a line, and is "" where there are numbers instead. Fails when it cannot
  // be read, or a name is not longer than `strip`; `message` is for errors ("mat_write_param").
  MatFiles(const std::string& message, std::string prefix, const std::string& source,
           int64_t strip);

  // How many names there are; 0: there are numbers.
  int64_t size() const { return static_cast<int64_t>(names_.size()); }
  // The file of blob `blob` for the `index`-th name or number.
  std::string path(int64_t index, size_t blob) const;

 private:
  const std::string prefix_;
  std::vector<std::string> names_;
};

}  // namespace caffe
