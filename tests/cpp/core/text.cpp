// Text put together from values, as a stream would.
#include "core/text.hpp"

#include <ostream>

#include "support/check.hpp"

namespace caffe::test {
namespace {

struct Point {
  int x, y;
};

std::ostream& operator<<(std::ostream& out, const Point& point) {
  return out << point.x << '/' << point.y;
}

TEST(text_prints_values_as_streams_do) {
  const std::string word = "word";
  CHECK_EQ(str(word, ' ', std::string_view("a view"), " and ", Point{1, -2}),
           "word a view and 1/-2");
  CHECK_EQ(str(INT64_MIN, ' ', UINT64_MAX, ' ', true),
           "-9223372036854775808 18446744073709551615 1");
  CHECK_EQ(str(0.5, ' ', 1e-7f, ' ', 1234567.0), "0.5 1e-07 1.23457e+06");
  CHECK_EQ(str(static_cast<unsigned char>('x'), uint8_t{65}), "xA");
  CHECK_EQ(str(), "");
}

}  // namespace
}  // namespace caffe::test
