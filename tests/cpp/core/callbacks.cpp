// Callbacks: their order, and what they may not do while they are called.
#include "core/callbacks.hpp"

#include <string>

#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(callbacks_are_called_in_their_order_until_they_are_removed) {
  Callbacks<int> callbacks;
  CHECK(callbacks.empty());
  std::string calls;
  const int64_t first = callbacks.add([&](int i) { calls += str("a", i); });
  callbacks.add([&](int i) { calls += str("b", i); });
  callbacks(1);
  callbacks.remove(first);
  callbacks.remove(first);
  callbacks(2);
  CHECK_EQ(calls, "a1b1b2");
}

TEST(callbacks_neither_come_nor_go_while_they_are_called) {
  Callbacks<> callbacks;
  const int64_t id = callbacks.add([&] { callbacks.add([] {}); });
  CHECK_FAILS(Status::kState, "none can come or go now", callbacks());
  callbacks.remove(id);  // the error has ended the calls
  callbacks.add([&] { callbacks.remove(0); });
  CHECK_FAILS(Status::kState, "none can come or go now", callbacks());
}

}  // namespace
}  // namespace caffe::test
