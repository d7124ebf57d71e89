// The transpose of a matrix, of sizes that are no multiple of a block.
#include "core/transpose.hpp"

#include <vector>

#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(transpose_turns_rows_into_columns_between_strides) {
  for (const int64_t rows : {1, 3, 8, 17}) {
    for (const int64_t columns : {1, 5, 16, 33}) {
      const int64_t in_stride = columns + 2, out_stride = rows + 3;
      std::vector<float> in(static_cast<size_t>(rows * in_stride));
      for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(i);
      std::vector<float> out(static_cast<size_t>(columns * out_stride), -1);
      transpose(in.data(), in_stride, rows, columns, out.data(), out_stride);
      for (int64_t column = 0; column < columns; ++column) {
        for (int64_t row = 0; row < out_stride; ++row) {
          const float expected =
              row < rows ? in[static_cast<size_t>(row * in_stride + column)] : -1;
          CHECK_EQ(out[static_cast<size_t>(column * out_stride + row)], expected);
        }
      }
    }
  }
}

}  // namespace
}  // namespace caffe::test
