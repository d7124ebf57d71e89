// net/values.cpp: who reads what somebody wrote, when blobs are overwritten.
#include "net/values.hpp"

#include "cpp/net/small_nets.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

using test::inner_product;
using test::kInput;
using test::made;

using Layers = std::vector<size_t>;

TEST(a_layer_in_place_makes_another_value_of_its_blob) {
  const Net net =
      made(kInput + inner_product("a", "data") +
           "layer { name: 'r' type: 'ReLU' bottom: 'a' top: 'a' }" + inner_product("b", "a"));
  const Values values(net.graph());
  const Value& before = values.all[values.written[1][0]];
  const Value& after = values.all[values.written[2][0]];
  CHECK_EQ(before.writer, size_t{1});
  CHECK(before.readers == Layers{2} && before.last_of.empty());
  CHECK(after.readers == Layers{3} && after.last_of == Layers{1});
  CHECK(values.read[3][0] == values.written[2][0]);
}

TEST(a_split_gives_one_value_several_blobs) {
  const Net net =
      made(kInput + inner_product("a", "data") + inner_product("b", "a") + inner_product("c", "a"));
  const Values values(net.graph());  // data, a, its split, b, c
  const Value& shared = values.all[values.written[1][0]];
  CHECK_EQ(shared.blobs.size(), size_t{3});
  CHECK(shared.readers == (Layers{3, 4}));
  CHECK(values.read[3][0] == values.read[4][0]);
}

TEST(a_top_of_a_split_that_is_worked_on_in_place_has_a_value_of_its_own) {
  const Net net = made(kInput +
                       "layer { name: 's' type: 'Split' bottom: 'data' top: 'a' top: 'b' }"
                       "layer { name: 'r' type: 'ReLU' bottom: 'a' top: 'a' }" +
                       inner_product("c", "b"));
  const Values values(net.graph());
  const Value& data = values.all[values.written[0][0]];
  CHECK(data.readers == (Layers{1, 3}));
  CHECK_EQ(data.blobs.size(), size_t{2});
  const Value& copy = values.all[values.written[1][0]];
  CHECK_EQ(copy.writer, size_t{1});
  CHECK(copy.readers == Layers{2} && copy.last_of.empty());
}

TEST(the_last_value_of_an_output_has_no_readers) {
  const Net net = made(kInput + inner_product("a", "data"));
  const Values values(net.graph());
  CHECK(values.all[values.written[1][0]].readers.empty());
  CHECK_EQ(values.all[values.read[1][0]].writer, size_t{0});
}

}  // namespace
}  // namespace caffe
