// Values to places of their rows and columns.
#include "layers/pooling/axis_places.hpp"

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(values_are_put_to_places_of_rows_and_columns) {
  Blob x({1, 1, 3, 4}), y({1, 1, 4, 6});
  set_values(x.data(), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  // Columns in steps of 2, 1 and 0, and one that goes nowhere; rows with two at one place.
  put_to_places(reference_kernels(), x.data(), {0, 3, 3}, {0, 2, -1, 3}, y.data());
  CHECK(values_of(y.data()) ==
        Values({1, 0, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 10, 12, 0, 0}));
  take_from_places(reference_kernels(), y.data(), {0, 3, 3}, {0, 2, -1, 3}, x.data());
  CHECK(values_of(x.data()) == Values({1, 2, 0, 4, 9, 10, 0, 12, 9, 10, 0, 12}));
}

}  // namespace
}  // namespace caffe::test
