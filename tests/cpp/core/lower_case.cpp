// Text without capitals.
#include "core/lower_case.hpp"

#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(lower_case_knows_the_letters_of_ascii_alone) {
  CHECK_EQ(lower_case("AbZ_09[@`{"), "abz_09[@`{");
  CHECK_EQ(lower_case("\xc3\x84"), "\xc3\x84");
  CHECK_EQ(lower_case(""), "");
}

}  // namespace
}  // namespace caffe::test
