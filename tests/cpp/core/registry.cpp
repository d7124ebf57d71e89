// Names that are registered once, and the nearest of them.
#include "core/registry.hpp"

#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(registry_finds_what_was_added_and_suggests_the_nearest) {
  Registry<int> registry("thing");
  registry.add("two", 2);
  registry.add("three", 3);
  CHECK_EQ(registry.find("two"), 2);
  CHECK(registry.names() == std::vector<std::string>({"three", "two"}));
  CHECK_FAILS(Status::kNotFound,
              "unknown thing \"thre\"; did you mean \"three\"? (known: three, two)",
              registry.find("thre"));
}

TEST(registry_takes_a_name_once) {
  Registry<int> registry("thing");
  registry.add("two", 2);
  CHECK_FAILS(Status::kInvalidArgument, "thing \"two\" is already registered",
              registry.add("two", 3));
  CHECK_EQ(registry.find("two"), 2);
}

}  // namespace
}  // namespace caffe::test
