// core/error.hpp: messages, context, and the nearest name.
#include "core/error.hpp"

#include "support/check.hpp"

namespace caffe {
namespace {

TEST(error_gains_context_in_front) {
  CHECK_FAILS(Status::kShape, "net.prototxt: layer \"a\": no", with_context([] { return "net.prototxt"; }, [] {
    with_context([] { return str("layer ", quoted("a")); }, [] { fail(Status::kShape, "no"); });
  }));
}

TEST(error_quotes_what_cannot_be_seen) {
  CHECK_EQ(quoted("a\n\"b\\"), "\"a\\x0a\\\"b\\\\\"");
}

TEST(error_suggests_only_near_names) {
  const std::vector<std::string> names = {"pool_1", "conv1", "data"};
  CHECK_EQ(nearest_name("pool1", names), "pool_1");
  CHECK_EQ(nearest_name("Conv1", names), "conv1");
  CHECK_EQ(nearest_name("softmax", names), "");
  CHECK_EQ(did_you_mean("dat", names), "; did you mean \"data\"?");
}

}  // namespace
}  // namespace caffe
