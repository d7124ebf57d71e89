// net/passes/splits.cpp: a copy of a blob for each of its readers.
#include "net/passes/splits.hpp"

#include "cpp/net/small_nets.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

using test::inner_product;
using test::kInput;
using test::names;
using test::parsed;

TEST(splits_have_the_original_names) {
  const NetParameter split = insert_splits(
      parsed(std::string(kInput) + inner_product("a", "data") + inner_product("b", "data") +
             "layer { name: 'r' type: 'ReLU' bottom: 'a' top: 'a' }" + inner_product("c", "a") +
             inner_product("d", "a")));
  CHECK_EQ(names(split), "data data_data_0_split a b r a_r_0_split c d ");
  CHECK_EQ(split.layer[1].top[1], "data_data_0_split_1");
  CHECK_EQ(split.layer[3].bottom[0], "data_data_0_split_1");
  CHECK_EQ(split.layer[4].bottom[0], "a");
  CHECK_EQ(split.layer[7].bottom[0], "a_r_0_split_1");
}

TEST(splits_twice_change_nothing_more) {
  const NetParameter once = insert_splits(
      parsed(std::string(kInput) + inner_product("a", "data") + inner_product("b", "data")));
  CHECK_EQ(print_text(insert_splits(once)), print_text(once));
}

}  // namespace
}  // namespace caffe
