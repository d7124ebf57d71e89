#include "data/datum.hpp"

#include "support/check.hpp"

namespace caffe {
namespace {

TEST(pixels_of_a_datum_lie_channel_by_channel) {
  Pixels pixels(1, 2, 3);
  pixels.values = {1, 2, 3, 4, 5, 6};
  Datum datum;
  set_pixels(datum, pixels);
  CHECK_EQ(datum.data, std::string("\1\4\2\5\3\6"));
  CHECK_EQ(datum.channels, 3);
  CHECK_EQ(datum.height, 1);
  CHECK_EQ(datum.width, 2);
}

}  // namespace
}  // namespace caffe
