// net/sharing.cpp: parameters shared by name stay one, whoever is shared with.
#include "cpp/net/small_nets.hpp"
#include "net/net.hpp"
#include "schema/files.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe {
namespace {

using test::Folder;
using test::inner_product;
using test::kInput;

std::string ip(const std::string& name, const std::string& weight = "w", int outputs = 2) {
  return "layer { name: '" + name + "' type: 'InnerProduct' bottom: 'x' top: '" + name +
         "' param { name: '" + weight + "' } param { name: '" + weight + " bias' } " +
         "inner_product_param { num_output: " + std::to_string(outputs) +
         " weight_filler { type: 'xavier' } } } ";
}

Net made(const std::string& layers, uint64_t seed) {
  NetSetup setup;
  setup.state.set_phase(TEST);
  setup.options.set_seed(seed);
  return Net(
      read_net_text(
          "layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 1 dim: 3 } } } " +
          layers),
      setup);
}

float weight(const Net& net, const std::string& layer, size_t i) {
  return net.layer(net.layer_index(layer)).blobs()[0]->data().read()[i];
}

bool same(const Net& a, const std::string& layer, const Net& b, const std::string& other) {
  const auto& mine = a.layer(a.layer_index(layer)).blobs();
  const auto& theirs = b.layer(b.layer_index(other)).blobs();
  return mine[0]->data().same_storage(theirs[0]->data()) &&
         mine[1]->data().same_storage(theirs[1]->data());
}

TEST(sharing_reaches_layers_that_only_the_taker_has) {
  const Net one = made(ip("c"), 1);
  for (const std::string& branches : {ip("c") + ip("c_p"), ip("c_p") + ip("c")}) {
    Net two = made(branches, 2);
    CHECK(two.share_weights(one).empty());
    CHECK(same(two, "c", one, "c") && same(two, "c_p", one, "c"));
    CHECK(two.learnable()[0].blob->data().same_storage(one.learnable()[0].blob->data()));
  }
}

TEST(sharing_takes_the_owner_s_where_the_other_net_has_two) {
  const Net one = made(ip("a", "one") + ip("b", "two"), 1);
  Net two = made(ip("b") + ip("a"), 2);
  two.share_weights(one);
  CHECK(same(two, "b", one, "b") && same(two, "a", one, "b"));
}

TEST(sharing_with_clones_and_clones_of_them) {
  const Net one = made(ip("c"), 1);
  Net two = made(ip("c_p") + ip("c") + ip("c_q"), 2);
  two.share_weights(one);
  const auto copy = two.clone();
  const auto again = copy->clone();
  for (const char* name : {"c", "c_p", "c_q"}) CHECK(same(*again, name, one, "c"));
}

TEST(sharing_says_who_is_left) {
  const Net one = made(ip("c"), 1);
  Net two =
      made(ip("c") + ip("new", "v") + "layer { name: 'r' type: 'ReLU' bottom: 'c' top: 'c' }", 2);
  const std::vector<size_t> left = two.share_weights(one);
  CHECK_EQ(two.layer_names(left), "\"new\"");
  CHECK(!same(two, "new", two, "c"));
}

TEST(sharing_that_does_not_fit_changes_nothing) {
  const Net one = made(ip("c", "w", 3), 1);
  Net two = made(ip("c_p") + ip("c"), 2);
  CHECK_FAILS(Status::kShape, "layer \"c\" (InnerProduct): cannot share parameter 0",
              two.share_weights(one));
  CHECK(same(two, "c", two, "c_p") && !same(two, "c", one, "c"));
}

TEST(loading_into_one_branch_reaches_the_other) {
  const Folder folder;
  for (const char* file : {"w.caffemodel", "w.h5"}) {
    const Net one = made(ip("c"), 1);
    one.save_weights(folder.file(file), false);
    Net two = made(ip("c_p") + ip("c"), 2);
    two.load_weights(folder.file(file));
    CHECK_EQ(weight(two, "c", 5), weight(one, "c", 5));
    CHECK_EQ(weight(two, "c_p", 5), weight(one, "c", 5));
    CHECK(two.loaded(two.layer_index("c")) && two.loaded(two.layer_index("c_p")));
  }
}

// In HDF5 too: a branch that does not own the parameter can be deployed alone.
TEST(every_branch_of_a_file_has_its_weights) {
  const Folder folder;
  const Net one = made(ip("a") + ip("a_p"), 1);
  for (const char* file : {"w.caffemodel", "w.h5"}) {
    one.save_weights(folder.file(file), true);
    for (const char* name : {"a", "a_p"}) {
      Net alone = made(ip(name), 2);
      alone.load_weights(folder.file(file));
      for (size_t i = 0; i < 6; ++i) CHECK_EQ(weight(alone, name, i), weight(one, "a", i));
    }
  }
}

// A parameter may be shared by as many values in another shape.
TEST(every_branch_of_a_file_has_its_shape) {
  const Folder folder;
  const std::string path = folder.file("w.h5");
  const auto layer = [](const char* name, int inputs, int outputs) {
    return str(
        "layer { name: '", name, " in' type: 'Input' top: '", name,
        " in' input_param { shape { dim: 1 dim: ", inputs, " } } } layer { name: '", name,
        "' type: 'InnerProduct' bottom: '", name, " in' top: '", name,
        "' param { name: 'w' share_mode: PERMISSIVE } inner_product_param { bias_term: false "
        "num_output: ",
        outputs, " weight_filler { type: 'xavier' } } } ");
  };
  const Net one = made(layer("a", 4, 6) + layer("b", 8, 3), 1);
  one.save_weights(path, false);
  Net alone = made(layer("b", 8, 3), 2);
  alone.load_weights(path);
  CHECK_EQ(alone.learnable()[0].blob->data().read()[23],
           one.learnable()[0].blob->data().read()[23]);
}

TEST(net_clone_shares_weights_not_blobs) {
  Net net = test::made(kInput + inner_product("a", "data"), TEST);
  const std::unique_ptr<Net> copy = net.clone();
  net.layer(1).blobs()[0]->data().update()[0] = 3;
  CHECK_EQ(copy->layer(1).blobs()[0]->data().read()[0], 3.0f);
  net.blobs()[0]->data().update()[0] = 5;
  CHECK_EQ(copy->blobs()[0]->data().read()[0], 0.0f);
}

}  // namespace
}  // namespace caffe
