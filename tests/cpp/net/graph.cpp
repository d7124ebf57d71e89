// net/graph.cpp: looking things up in a net's graph.
#include "net/graph.hpp"

#include "cpp/net/small_nets.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

using test::inner_product;
using test::kInput;
using test::made;

TEST(graph_says_who_reads_and_makes_which_blob) {
  const Net net = made(kInput + inner_product("a", "data") +
                       "layer { name: 'r' type: 'ReLU' bottom: 'a' top: 'a' }");
  const Graph& graph = net.graph();
  CHECK(graph.blob_names == (std::vector<std::string>{"data", "a"}));
  CHECK(graph.nodes[1].bottom_ids == std::vector<size_t>{0});
  CHECK(graph.nodes[1].top_ids == std::vector<size_t>{1});
  CHECK(graph.nodes[2].bottom_ids == graph.nodes[2].top_ids);
  CHECK(graph.nodes[1].tops[0] == graph.nodes[2].bottoms[0]);
  CHECK(graph.input_ids == std::vector<size_t>{0} && graph.output_ids == std::vector<size_t>{1});
  CHECK_EQ(graph.label(graph.nodes[2]), "<text>:3: layer \"r\" (ReLU)");
}

TEST(graph_of_a_loss_has_its_weight) {
  const Net net = made(kInput +
                       "layer { name: 'l' type: 'EuclideanLoss' bottom: 'data' "
                       "bottom: 'data' top: 'l' loss_weight: 0.5 }");
  CHECK_EQ(net.graph().blob_loss_weights.back(), 0.5f);
  CHECK_EQ(net.graph().blobs.back()->diff().read()[0], 0.5f);
}

TEST(net_finds_by_name_or_says_what_is_near) {
  Net net = made(kInput + inner_product("conv1", "data"));
  CHECK_EQ(net.layer_index("conv1"), size_t{1});
  CHECK_EQ(net.blob_index("data"), size_t{0});
  CHECK_FAILS(Status::kNotFound, "no blob \"conv_1\"; did you mean \"conv1\"?",
              net.blob_index("conv_1"));
  CHECK_FAILS(Status::kNotFound, "no layer \"x\"", net.layer_index("x"));
}

}  // namespace
}  // namespace caffe
