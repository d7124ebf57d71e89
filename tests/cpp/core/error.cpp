// core/error.hpp: messages, context, and the nearest name.
#include "core/error.hpp"

#include "support/check.hpp"

namespace caffe {
namespace {

TEST(error_gains_context_in_front) {
  CHECK_FAILS(Status::kShape, "net.prototxt: layer \"a\": no",
              with_context([] { return "net.prototxt"; },
                           [] {
                             with_context([] { return str("layer ", quoted("a")); },
                                          [] { fail(Status::kShape, "no"); });
                           }));
}

TEST(error_quotes_what_cannot_be_seen) {
  CHECK_EQ(quoted("a\n\"b\\"), "\"a\\x0a\\\"b\\\\\"");
}

// Messages are text, whatever file they are about.
TEST(error_quotes_bytes_that_are_no_text) {
  CHECK_EQ(quoted("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8d\x8e"),
           "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8d\x8e\"");
  CHECK_EQ(quoted("\x89HDF\xff"), "\"\\x89HDF\\xff\"");
  CHECK_EQ(quoted("\xe2\x82"), "\"\\xe2\\x82\"");           // cut
  CHECK_EQ(quoted("\xc0\xaf"), "\"\\xc0\\xaf\"");           // longer than it need be
  CHECK_EQ(quoted("\xed\xa0\x80"), "\"\\xed\\xa0\\x80\"");  // half of a pair
}

TEST(error_suggests_only_near_names) {
  const std::vector<std::string> names = {"pool_1", "conv1", "data"};
  CHECK_EQ(nearest_name("pool1", names), "pool_1");
  CHECK_EQ(nearest_name("Conv1", names), "conv1");
  CHECK_EQ(nearest_name("ocnv", {"conv", "test"}), "conv");
  CHECK_EQ(nearest_name("trian", {"test", "train", "time"}), "train");
  CHECK_EQ(nearest_name("ab", {"cd"}), "");
  CHECK_EQ(nearest_name("softmax", names), "");
  CHECK_EQ(did_you_mean("dat", names), "; did you mean \"data\"?");
}

}  // namespace
}  // namespace caffe
