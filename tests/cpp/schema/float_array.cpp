// Floats that are owned, or lie in memory of others.
#include "schema/float_array.hpp"

#include <memory>

#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(float_array_owns_what_it_is_given) {
  FloatArray values;
  CHECK(values.empty() && !values.is_view());
  const float some[] = {1, 2, 3};
  values.assign(some, 3);
  values.own()[1] = 7;
  CHECK(values.size() == 3 && values[1] == 7 && some[1] == 2);
  values.clear();
  CHECK(values.empty());
}

TEST(float_array_view_copies_nothing_until_it_is_changed) {
  const auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3});
  FloatArray view(owner->data(), 3, owner);
  CHECK(view.is_view() && view.is_aligned());
  CHECK(view.data() == owner->data());
  CHECK_EQ(owner.use_count(), 2L);
  view.own()[0] = 9;
  CHECK(!view.is_view() && view[0] == 9 && (*owner)[0] == 1);
  CHECK_EQ(owner.use_count(), 1L);
}

TEST(float_array_view_of_any_byte_becomes_floats) {
  const auto owner = std::make_shared<std::vector<char>>(9);
  const float value = 2.5f;
  std::memcpy(owner->data() + 1, &value, sizeof value);
  FloatArray view(owner->data() + 1, 2, owner);
  CHECK(view.is_view() && !view.is_aligned());
  CHECK_EQ(view[0], 2.5f);
  CHECK(!view.is_view());
}

}  // namespace
}  // namespace caffe::test
