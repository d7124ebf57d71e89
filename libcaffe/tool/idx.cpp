#include "tool/idx.hpp"

#include "core/checked.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace caffe::tool {

Idx::Idx(const std::string& path, uint32_t kind, size_t axes) : bytes_(read_file(path)) {
  if (bytes_.size() < 4 * (axes + 1) || number(0) != kind) {
    fail(Status::kParse, path, ": is no IDX file of ", axes == 1 ? "labels" : "images");
  }
  int64_t count = 1;
  for (size_t i = 0; i < axes; ++i) {
    dims_.push_back(number(i + 1));
    count = checked_mul(count, dims_.back());
  }
  begin_ = 4 * (axes + 1);
  if (static_cast<int64_t>(bytes_.size() - begin_) != count) {
    fail(Status::kParse, path, ": has ", bytes_.size() - begin_, " values, expected ", count);
  }
  if (count == 0) fail(Status::kParse, path, ": holds nothing");
}

uint32_t Idx::number(size_t i) const {
  uint32_t value = 0;
  for (size_t k = 0; k < 4; ++k) value = value << 8 | static_cast<uint8_t>(bytes_[4 * i + k]);
  return value;
}

std::string_view Idx::item(int64_t i) const {
  const size_t size = (bytes_.size() - begin_) / static_cast<size_t>(dims_[0]);
  return std::string_view(bytes_).substr(begin_ + static_cast<size_t>(i) * size, size);
}

void check_counts(const Idx& images, const Idx& labels) {
  if (images.dim(0) == labels.dim(0)) return;
  fail(Status::kShape, "there are ", images.dim(0), " images and ", labels.dim(0), " labels");
}

}  // namespace caffe::tool
