// IDX files, MNIST's: a number that tells the kind, the extents, and bytes, all big-endian.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace caffe::tool {

class Idx {
 public:
  // Fail with kIo or kParse.
  static Idx images(const std::string& path) { return Idx(path, 2051, 3); }
  static Idx labels(const std::string& path) { return Idx(path, 2049, 1); }

  int64_t dim(size_t axis) const { return dims_[axis]; }
  // The bytes of item i.
  std::string_view item(int64_t i) const;

 private:
  Idx(const std::string& path, uint32_t kind, size_t axes);

  uint32_t number(size_t i) const;

  std::string bytes_;
  std::vector<int64_t> dims_;
  size_t begin_ = 0;  // of the values
};

// Fails when there are not as many labels as images.
void check_counts(const Idx& images, const Idx& labels);

}  // namespace caffe::tool
