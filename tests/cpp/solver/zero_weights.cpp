// solver/zero_weights.cpp
#include "solver/zero_weights.hpp"

#include "schema/files.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::Folder;
using test::Log;

Net made(const std::string& layers) {
  NetSetup setup;
  setup.state.set_phase(TRAIN);
  setup.options.set_seed(1);
  return Net(read_net_text("layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 2 "
                           "dim: 3 dim: 4 dim: 4 } } } " +
                           layers),
             setup);
}

std::string layer(const std::string& name, const std::string& type,
                  const std::string& fields = "") {
  return "layer { name: '" + name + "' type: '" + type + "' bottom: 'x' top: '" + name + "' " +
         fields + " } ";
}

std::string warnings(const Net& net) {
  const Log log;
  warn_of_zero_weights(net);
  return log.text;
}

TEST(zero_weights_are_named) {
  const std::string text = warnings(made(
      layer("conv", "Convolution", "convolution_param { num_output: 2 kernel_size: 1 }") +
      layer("filled", "Convolution",
            "convolution_param { num_output: 2 kernel_size: 1 weight_filler { type: 'xavier' } "
            "}") +
      layer("ip", "InnerProduct", "inner_product_param { num_output: 2 }")));
  CHECK(text.find("The weights of \"conv\", \"ip\" are all zeros") != std::string::npos);
  CHECK(text.find("filled") == std::string::npos);
}

TEST(zero_weights_that_are_meant_are_not) {
  CHECK_EQ(
      warnings(made(layer("scale", "Scale", "scale_param { bias_term: true }") +
                    layer("norm", "BatchNorm") + layer("bias", "Bias") + layer("prelu", "PReLU") +
                    layer("ip", "InnerProduct",
                          "inner_product_param { num_output: 2 weight_filler { value: 0 } }"))),
      "");
}

TEST(zero_weights_given_since_are_not) {
  const std::string text = layer("ip", "InnerProduct", "inner_product_param { num_output: 2 }");
  const Folder folder;
  Net net = made(text), other = made(text);
  CHECK(warnings(net) != "");
  net.layer(1).blobs()[0]->data().update()[5] = 1;
  CHECK_EQ(warnings(net), "");
  made(text).save_weights(folder.file("w.caffemodel"), false);
  other.load_weights(folder.file("w.caffemodel"));
  CHECK_EQ(warnings(other), "");
}

}  // namespace
}  // namespace caffe
