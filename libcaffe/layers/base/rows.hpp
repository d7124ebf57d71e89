// Rows of a matrix picked by index, and the way back (Embed, BatchReindex, Filter).
#pragma once

#include <cstdint>
#include <vector>

namespace caffe {

// Row i of `to` is row indices[i] of `from`; rows are `width` floats.
void gather_rows(const float* from, const std::vector<int64_t>& indices, int64_t width, float* to);

// Adds row i of `from` to row indices[i] of `to`; in this order, whatever the number of threads.
void add_rows(const float* from, const std::vector<int64_t>& indices, int64_t width, float* to);

}  // namespace caffe
