// Values that a child makes anew, and leaves as it found them.
#include "core/per_process.hpp"

#include <memory>

#include "support/check.hpp"
#include "support/children.hpp"

namespace caffe::test {
namespace {

struct Counted {
  static inline int made = 0, destroyed = 0;
  Counted() { ++made; }
  ~Counted() { ++destroyed; }
};

TEST(per_process_values_are_left_alone_in_a_child) {
  Counted::made = Counted::destroyed = 0;
  {
    PerProcess<Counted> value([] { return std::make_unique<Counted>(); });
    CHECK(value.made() == nullptr);
    const Counted* const first = &*value;
    CHECK(value.made() == first && &*value == first);
    CHECK(in_child([&] {
      if (value.made() != nullptr) return false;
      value.reset();
      const bool kept = Counted::destroyed == 0;
      const bool anew = &*value != first && Counted::made == 2;
      value.reset();
      return kept && anew && Counted::destroyed == 1;
    }));
    CHECK_EQ(Counted::made, 1);
    value.reset();
    CHECK_EQ(Counted::destroyed, 1);
    CHECK(value.made() == nullptr);
    *value;
  }
  CHECK_EQ(Counted::made, 2);
  CHECK_EQ(Counted::destroyed, 2);
}

TEST(per_process_values_that_cannot_be_made_are_tried_again) {
  bool fails = true;
  PerProcess<int> value([&] {
    if (fails) fail(Status::kIo, "not now");
    return std::make_unique<int>(3);
  });
  CHECK_FAILS(Status::kIo, "not now", *value);
  fails = false;
  CHECK_EQ(*value, 3);
}

}  // namespace
}  // namespace caffe::test
