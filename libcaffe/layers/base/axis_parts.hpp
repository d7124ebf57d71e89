// Copies between a blob and the parts it consists of along one axis (Concat, Slice).
#pragma once

#include <optional>
#include <vector>

#include "kernels/kernels.hpp"

namespace caffe {

// Parts and whole agree in all axes but `axis`, along which the parts follow each other.
void join_parts(Kernels& kernels, const std::vector<ConstTensor>& parts, int axis, Tensor whole);

// The other way; parts that are nullopt are passed over, `extents` are those of all parts.
void split_parts(Kernels& kernels, ConstTensor whole, int axis, const std::vector<int64_t>& extents,
                 const std::vector<std::optional<Tensor>>& parts);

}  // namespace caffe
