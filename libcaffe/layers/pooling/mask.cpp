#include "layers/pooling/mask.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace caffe {

void check_mask(const Blob& mask, const Shape& top, const std::string& name) {
  const float* indices = mask.data().read();
  const auto plane = static_cast<float>(top.count(2));
  // False for NaN, too.
  const float* bad = std::find_if_not(indices, indices + mask.count(),
                                      [plane](float index) { return index > -1 && index < plane; });
  if (bad != indices + mask.count()) {
    fail(Status::kInvalidArgument, name, " holds index ", *bad, " at value ", bad - indices,
         "; the top's planes have ", top.count(2), " places (shape ", top, ")");
  }
}

}  // namespace caffe
