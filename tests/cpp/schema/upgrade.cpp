// What the golden vectors of conformance/proto do not show of the upgrade; they run from Python.
#include "schema/upgrade.hpp"

#include "schema/text.hpp"
#include "support/check.hpp"

using namespace caffe;

namespace {

NetParameter parsed(const std::string& text) {
  NetParameter net;
  parse_text(text, net);
  return net;
}

std::string upgraded(const std::string& text) {
  NetParameter net = parsed(text);
  upgrade_net(net);
  return print_text(net);
}

void refused(const std::string& text, const std::string& part) {
  CHECK_FAILS(Status::kParse, part, upgraded(text));
}

const std::string kPadding =
    "layers { layer { name: 'p' type: 'padding' pad: 2 } bottom: 'x' top: 'p' }";

}  // namespace

TEST(upgrade_leaves_current_nets_alone) {
  NetParameter net = parsed("name: 'n' layer { name: 'l' type: 'ReLU' }");
  const Upgrade result = upgrade_net(net);
  CHECK(!result.changed);
  CHECK(result.warnings.empty());
}

TEST(upgrade_keeps_the_lines_of_layers) {
  NetParameter net = parsed("\nlayers { type: RELU }\nlayers { type: DENSE_CRF }");
  CHECK(upgrade_net(net).changed);
  CHECK_EQ(net.layer[0].source_line, 2);
  CHECK_EQ(net.layer[1].source_line, 3);
  CHECK_EQ(net.layer[1].type, "DenseCRF");
}

TEST(upgrade_of_the_forks_v1_layers) {
  NetParameter net = parsed(
      "layers { type: UNPOOLING unpooling_param { unpool: MAX kernel_size: 2 unpool_size: 8 } } "
      "layers { type: BN bn_param { bn_mode: INFERENCE } } "
      "layers { type: IMAGE_SEG_DATA image_data_param { label_type: PIXEL } } "
      "layers { type: MAT_WRITE mat_write_param { prefix: 'p' } } "
      "layers { type: CONVOLUTION strict_dim: false } layers { type: CONVOLUTION }");
  upgrade_net(net);
  CHECK_EQ(net.layer[0].type, "Unpooling");
  CHECK_EQ(net.layer[0].unpooling_param->unpool_size, 8u);
  CHECK(net.layer[0].unpooling_param->unpool == UnPoolingParameter::MAX);
  CHECK_EQ(net.layer[1].type, "BN");
  CHECK(net.layer[1].bn_param->bn_mode == BNParameter::INFERENCE);
  CHECK_EQ(net.layer[2].type, "ImageSegData");
  CHECK(net.layer[2].image_data_param->label_type == ImageDataParameter::PIXEL);
  CHECK_EQ(net.layer[3].type, "MatWrite");
  CHECK_EQ(net.layer[3].mat_write_param->prefix, "p");
  CHECK(!net.layer[4].strict_dim);
  CHECK(net.layer[5].strict_dim);
}

TEST(upgrade_twice_is_once) {
  const std::string once =
      upgraded("input: 'x' input_dim: [1, 2, 3, 4] layers { type: TANH blobs_lr: 2 }");
  CHECK_EQ(upgraded(once), once);
}

TEST(upgrade_counts_input_dims) {
  refused("input: 'x' input_dim: [1, 2, 3]",
          "1 input(s) but 3 input_dim(s), expected four for each");
  refused("input: ['x', 'y'] input_shape { dim: 1 }", "2 input(s) but 1 input_shape(s)");
}

TEST(upgrade_folds_padding_only_where_it_can) {
  const std::string input = "input: 'x' ";
  const std::string reader =
      "layers { layer { name: 'c' type: 'conv' kernelsize: 3 } bottom: 'p' top: 'c' }";
  CHECK_EQ(upgraded(input + kPadding + reader),
           "layer {\n  name: \"c\"\n  type: \"Convolution\"\n  bottom: \"x\"\n  top: \"c\"\n"
           "  convolution_param {\n    pad: 2\n    kernel_size: 3\n  }\n}\n");
  refused(input + kPadding + "layers { layer { name: 'r' type: 'relu' } bottom: 'p' top: 'r' }",
          "layer \"r\" (relu): reads the padding layer \"p\"");
  refused("layers { layer { name: 'r' type: 'relu' } bottom: 'q' }", "bottom \"q\" does not exist");
}

TEST(upgrade_of_an_unknown_v0_type_suggests_one) {
  refused("layers { layer { name: 'c' type: 'convv' } }",
          "line 1: layer \"c\" (convv): V0 has no layer of type \"convv\"; did you mean \"conv\"?");
}

TEST(upgrade_of_v0_says_what_it_drops) {
  NetParameter net = parsed("layers { layer { name: 'r' type: 'relu' kernelsize: 3 } }");
  const Upgrade result = upgrade_net(net);
  CHECK_EQ(result.warnings.size(), 2u);
  CHECK_EQ(result.warnings[1], "line 1: layer \"r\" (relu): this type has no kernelsize; ignored");
}

TEST(upgrade_reaches_the_nets_of_a_solver) {
  SolverParameter solver;
  parse_text("solver_type: ADAM net_param { layers { type: RELU } } test_net_param { input: 'x' }",
             solver);
  CHECK(upgrade_solver(solver).changed);
  CHECK_EQ(solver.type, "Adam");
  CHECK(!solver.has_solver_type());
  CHECK_EQ(solver.net_param->layer[0].type, "ReLU");
  CHECK(solver.test_net_param[0].input.empty());
}
