#include "layers/data/mat_files.hpp"

#include <utility>

#include "core/error.hpp"
#include "data/image_list.hpp"

namespace caffe {

MatFiles::MatFiles(const std::string& message, std::string prefix, const std::string& source,
                   int64_t strip)
    : prefix_(std::move(prefix)) {
  if (strip < 0) fail(Status::kInvalidArgument, message, ".strip is ", strip, ", less than 0");
  if (source.empty()) return;
  for (const ListedImage& each : read_name_list(source)) {
    const auto length = static_cast<int64_t>(each.path.size());
    if (length <= strip) {
      fail(Status::kInvalidArgument, source, ":", each.line, ": ", message, ".strip takes ", strip,
           " characters off ", quoted(each.path), ", which leaves nothing");
    }
    names_.push_back(each.path.substr(0, static_cast<size_t>(length - strip)));
  }
}

std::string MatFiles::path(int64_t index, size_t blob) const {
  const std::string name =
      names_.empty() ? str("iter_", index) : names_[static_cast<size_t>(index)];
  return str(prefix_, name, "_blob_", blob, ".mat");
}

}  // namespace caffe
