// layers/data/dummy_data.cpp
#include "support/check.hpp"
#include "support/data_layer.hpp"

namespace caffe {
namespace {

using test::DataLayer;

std::string dummy(const std::string& tops, const std::string& param) {
  return "type: 'DummyData' " + tops + " dummy_data_param { " + param + " }";
}

TEST(dummy_data_shapes_and_fillers) {
  DataLayer layer(dummy("top: 'a' top: 'b'",
                        "shape { dim: 2 dim: 3 } shape { dim: 4 } "
                        "data_filler { value: 1 } data_filler { value: 2 }"));
  CHECK_EQ(layer.tops[0]->shape(), Shape({2, 3}));
  CHECK_EQ(layer.tops[1]->shape(), Shape({4}));
  CHECK_EQ(layer.next(0)[5], 1.0f);
  CHECK_EQ(layer.next(1)[3], 2.0f);
  DataLayer same(dummy("top: 'a' top: 'b'", "shape { dim: 2 }"));
  CHECK(same.next(1) == std::vector<float>({0, 0}));
  DataLayer old(dummy("top: 'a' top: 'b'", "num: 2 num: 5 channels: 3 height: 4 width: 6"));
  CHECK_EQ(old.tops[1]->shape(), Shape({5, 3, 4, 6}));
}

TEST(dummy_data_constants_are_filled_once) {
  DataLayer layer(dummy("top: 'a'", "shape { dim: 3 } data_filler { value: 1 }"));
  layer.tops[0]->data().update()[1] = 7;
  CHECK(layer.next() == std::vector<float>({1, 7, 1}));
}

TEST(dummy_data_random_numbers_follow_seed_and_pass) {
  const std::string text = dummy("top: 'a'", "shape { dim: 8 } data_filler { type: 'gaussian' }");
  DataLayer layer(text), same(text), other(text, TEST, 2);
  const std::vector<float> first = layer.next(), second = layer.next();
  CHECK(first != second);
  CHECK(same.next() == first);
  const std::vector<float> others = other.next();
  CHECK(others != first);
  same.pass = 0;
  CHECK(same.next() == first);
}

TEST(dummy_data_counts_that_do_not_fit) {
  CHECK_FAILS(Status::kInvalidArgument, "shape is given 0 times, expected once",
              DataLayer(dummy("top: 'a'", "")));
  CHECK_FAILS(Status::kInvalidArgument, "shape is given 2 times",
              DataLayer(dummy("top: 'a' top: 'b' top: 'c'", "shape { dim: 1 } shape { dim: 2 }")));
  CHECK_FAILS(Status::kInvalidArgument, "data_filler is given 2 times",
              DataLayer(dummy("top: 'a'", "shape { dim: 1 } data_filler {} data_filler {}")));
  CHECK_FAILS(Status::kInvalidArgument, "width is given 0 times",
              DataLayer(dummy("top: 'a'", "num: 1 channels: 1 height: 1")));
  CHECK_FAILS(Status::kInvalidArgument, "shape and num",
              DataLayer(dummy("top: 'a'", "num: 1 shape { dim: 1 }")));
  CHECK_FAILS(Status::kShape, "", DataLayer(dummy("top: 'a'", "shape { dim: -1 }")));
}

}  // namespace
}  // namespace caffe
