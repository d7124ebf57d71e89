// Layer types of forks, which are known by name only.
#include "schema/fork_types.hpp"

#include "support/check.hpp"

namespace caffe {
namespace {

TEST(types_of_forks_are_known_by_both_names) {
  CHECK(schema::fork_of_type("GainChannel") == "DeepLab");
  CHECK(schema::fork_of_type("GAIN_CHANNEL") == "DeepLab");
  CHECK(schema::fork_of_type("Convolution").empty());
  CHECK(schema::fork_of_type("").empty());
}

}  // namespace
}  // namespace caffe
