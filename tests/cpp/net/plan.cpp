// Nets of fused steps: the same values as their layers one by one, fewer steps, less memory, and
// clear words about what cannot be looked at.
#include "net/plan.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/rng.hpp"
#include "net/net.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

using Values = std::vector<float>;

Values values_of(ConstTensor tensor) {
  const float* values = tensor.read();
  return Values(values, values + tensor.count());
}

const char* const kInput =
    "layer { name: 'data' type: 'Input' top: 'data'"
    "  input_param { shape { dim: 2 dim: 3 dim: 9 dim: 7 } } }";

std::string convolution(const std::string& name, const std::string& bottom, int outputs, int kernel,
                        bool bias = true) {
  return str("layer { name: '", name, "' type: 'Convolution' bottom: '", bottom, "' top: '", name,
             "' convolution_param { num_output: ", outputs, " kernel_size: ", kernel,
             " pad: ", kernel / 2, " bias_term: ", bias ? "true" : "false",
             " weight_filler { type: 'gaussian' std: 0.2 }"
             " bias_filler { type: 'gaussian' std: 0.3 } } }");
}

std::string in_place(const std::string& type, const std::string& blob,
                     const std::string& more = "") {
  return str("layer { name: '", type, "_", blob, "' type: '", type, "' bottom: '", blob, "' top: '",
             blob, "' ", more, " }");
}

const char* const kNorm = "scale_param { bias_term: true }";

// The net of these layers behind the input, with statistics that are not trivial.
std::unique_ptr<Net> make_net(const std::string& layers, bool optimize,
                              const std::vector<std::string>& keep = {}) {
  NetParameter param;
  parse_text(kInput + layers, param);
  NetSetup setup;
  setup.options.set_seed(3);
  setup.options.optimize = optimize;
  setup.options.keep = keep;
  auto net = std::make_unique<Net>(param, setup);
  for (size_t i = 0; i < net->layer_count(); ++i) {
    Layer& layer = net->layer(i);
    const bool scales = layer.type() == "Scale";
    if (!scales && layer.type() != "BatchNorm") continue;
    for (size_t k = 0; k < layer.blobs().size(); ++k) {
      float* values = layer.blobs()[k]->data().write();
      for (int64_t c = 0; c < layer.blobs()[k]->count(); ++c) {
        values[c] = 0.5f + 0.25f * static_cast<float>((c + static_cast<int64_t>(k)) % 4);
      }
    }
  }
  return net;
}

void fill_input(Net& net) {
  Blob& data = *net.blobs()[net.blob_index("data")];
  float* values = data.data().write();
  for (int64_t i = 0; i < data.count(); ++i) values[i] = 0.3f * static_cast<float>(i % 11) - 1.4f;
}

Values output(Net& net, const std::string& name) {
  return values_of(net.blobs()[net.blob_index(name)]->data());
}

void check_near(const Values& values, const Values& expected, const std::string& what) {
  CHECK_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (test::near(values[i], expected[i], 1e-4, 1e-4)) continue;
    test::failed(__FILE__, __LINE__,
                 str(what, ", value ", i, ": ", values[i], " is not ", expected[i]));
  }
}

// What the layers compute one by one, in calls of one layer each.
Values one_by_one(const std::string& layers, const std::string& top) {
  const auto net = make_net(layers, false);
  fill_input(*net);
  for (size_t i = 0; i < net->layer_count(); ++i) net->forward(i, i);
  return output(*net, top);
}

// That a net of these layers, optimized, runs in so many steps (the input's among them) and gives
// the same, twice, and with another batch.
void check_optimized(const std::string& layers, const std::string& top, size_t steps) {
  const auto net = make_net(layers, true);
  const Values expected = one_by_one(layers, top);
  for (int pass = 0; pass < 2; ++pass) {
    fill_input(*net);
    net->forward();
    check_near(output(*net, top), expected, layers);
  }
  CHECK_EQ(net->plan()->steps().size(), steps);
  Blob& data = *net->blobs()[net->blob_index("data")];
  data.reshape({1, 3, 9, 7});
  fill_input(*net);
  net->forward();
  const Values first(expected.begin(),
                     expected.begin() + static_cast<int64_t>(expected.size() / 2));
  check_near(output(*net, top), first, layers + ", batch 1");
}

TEST(plan_layers_in_place_behind_a_convolution_are_one_step) {
  for (const bool bias : {false, true}) {
    const std::string layers = convolution("y", "data", 5, 3, bias) + in_place("BatchNorm", "y") +
                               in_place("Scale", "y", kNorm) + in_place("PReLU", "y");
    const auto net = make_net(layers, false);
    CHECK_EQ(net->plan()->steps().size(), size_t{2});
    fill_input(*net);
    net->forward();
    check_near(output(*net, "y"), one_by_one(layers, "y"), layers);
    check_optimized(layers, "y", 2);
  }
}

// Forks' names for convolutions of each channel alone mean convolutions, too.
TEST(plan_fuses_behind_every_convolution) {
  for (const char* type : {"ConvolutionDepthwise", "DepthwiseConvolution", "NdConvolution"}) {
    const std::string layers =
        str("layer { name: 'y' type: '", type, "' bottom: 'data' top: 'y' convolution_param {",
            " num_output: 3 group: 3 kernel_size: 3 pad: 1 bias_term: false",
            " weight_filler { type: 'gaussian' std: 0.4 } } }") +
        in_place("BatchNorm", "y") + in_place("Scale", "y", kNorm) + in_place("ReLU", "y");
    check_optimized(layers, "y", 2);
  }
}

TEST(plan_folds_a_batch_norm_with_a_scale_of_its_own) {
  for (const std::string words : {"scale_bias: true", "use_weight_bias: true bias_term: false"}) {
    const std::string layers = convolution("y", "data", 5, 3) +
                               in_place("BatchNorm", "y", "batch_norm_param { " + words + " }") +
                               in_place("PReLU", "y");
    const auto net = make_net(layers, false);
    CHECK_EQ(net->plan()->steps().size(), size_t{2});
    fill_input(*net);
    net->forward();
    check_near(output(*net, "y"), one_by_one(layers, "y"), layers);
    check_optimized(layers, "y", 2);
  }
}

TEST(plan_keeps_nan_where_it_shows) {
  const std::string layers =
      convolution("y", "data", 16, 3) + in_place("BatchNorm", "y") + in_place("ReLU", "y");
  const auto net = make_net(layers, false);
  CHECK_EQ(net->plan()->steps().size(), size_t{3});
  fill_input(*net);
  net->blobs()[net->blob_index("data")]->data().update()[30] = std::nanf("");
  net->forward();
  const Values values = output(*net, "y");
  CHECK(std::any_of(values.begin(), values.end(), [](float value) { return std::isnan(value); }));
  check_optimized(layers, "y", 2);
}

TEST(plan_knows_activations) {
  for (const std::string& activation :
       {in_place("ReLU", "y", "relu_param { negative_slope: 0.3 }"),
        in_place("PReLU", "y", "prelu_param { filler { type: 'uniform' min: 0.1 max: 0.9 } }"),
        in_place("PReLU", "y", "prelu_param { channel_shared: true filler { value: 0.4 } }"),
        in_place("ELU", "y", "elu_param { alpha: 0.7 }")}) {
    check_optimized(convolution("y", "data", 18, 3) + activation, "y", 2);
  }
}

TEST(plan_fuses_residual_sums) {
  const std::string layers =
      convolution("a", "data", 6, 1, false) + in_place("BatchNorm", "a") +
      in_place("Scale", "a", kNorm) + convolution("b", "a", 6, 3) + in_place("ReLU", "b") +
      convolution("c", "b", 6, 3, false) + in_place("BatchNorm", "c") +
      "layer { name: 'sum' type: 'Eltwise' bottom: 'a' bottom: 'c' top: 'sum' }" +
      in_place("ReLU", "sum") + convolution("y", "sum", 4, 1);
  // The input, a's split, and four convolutions.
  check_optimized(layers, "y", 6);
}

TEST(plan_leaves_sums_with_coefficients_alone) {
  const std::string layers = convolution("a", "data", 6, 1) + convolution("b", "a", 6, 3) +
                             "layer { name: 'y' type: 'Eltwise' bottom: 'a' bottom: 'b' top: 'y'"
                             "  eltwise_param { coeff: 1 coeff: -1 } }";
  check_optimized(layers, "y", 5);
}

TEST(plan_writes_convolutions_into_what_joins_them) {
  const std::string layers =
      convolution("a", "data", 6, 1) + in_place("ReLU", "a") + convolution("b", "a", 16, 1) +
      in_place("ReLU", "b") + convolution("c", "a", 5, 3) + in_place("ReLU", "c") +
      "layer { name: 'join' type: 'Concat' bottom: 'b' bottom: 'c' top: 'join' }" +
      convolution("y", "join", 4, 3);
  check_optimized(layers, "y", 6);
}

// Filter hands on other numbers of items, and says so when it runs.
TEST(plan_joins_what_has_its_shape_late) {
  const std::string layers =
      "layer { name: 'pick' type: 'Input' top: 'pick' input_param { shape { dim: 2 } } }"
      "layer { name: 'some' type: 'Filter' bottom: 'data' bottom: 'pick' top: 'some' }" +
      convolution("b", "some", 6, 1) + convolution("c", "some", 5, 3) +
      "layer { name: 'y' type: 'Concat' bottom: 'b' bottom: 'c' top: 'y' }";
  const auto net = make_net(layers, true), plain = make_net(layers, false);
  CHECK_EQ(net->plan()->steps().size(), plain->layer_count() - 1);
  const std::vector<std::vector<float>> picks{{1, 1}, {0, 1}, {1, 1}, {0, 0}, {1, 0}};
  for (const std::vector<float>& picked : picks) {
    for (Net* each : {net.get(), plain.get()}) {
      fill_input(*each);
      float* values = each->blobs()[each->blob_index("pick")]->data().write();
      std::copy(picked.begin(), picked.end(), values);
      each->forward();
    }
    check_near(output(*net, "y"), output(*plain, "y"), layers);
  }
}

TEST(plan_copies_what_joins_others) {
  const std::string layers =
      convolution("a", "data", 6, 1) +
      "layer { name: 'pool' type: 'Pooling' bottom: 'data' top: 'pool'"
      "  pooling_param { kernel_size: 3 stride: 1 pad: 1 } }"
      "layer { name: 'join' type: 'Concat' bottom: 'a' bottom: 'pool' top: 'join' }" +
      convolution("y", "join", 4, 3);
  check_optimized(layers, "y", 6);
}

TEST(plan_folds_functions_per_channel_without_a_convolution) {
  const std::string layers =
      "layer { name: 'n' type: 'BatchNorm' bottom: 'data' top: 'n' }"
      "layer { name: 's' type: 'Scale' bottom: 'n' top: 's' scale_param { bias_term: true } }" +
      in_place("ReLU", "s") + convolution("y", "s", 4, 3);
  check_optimized(layers, "y", 3);
}

TEST(plan_sees_changed_parameters) {
  const std::string layers =
      convolution("y", "data", 5, 3) + in_place("BatchNorm", "y") + in_place("PReLU", "y");
  const auto net = make_net(layers, true), plain = make_net(layers, false);
  fill_input(*net), fill_input(*plain);
  net->forward();
  for (size_t layer = 1; layer < net->layer_count(); ++layer) {
    for (size_t i = 0; i < net->layer(layer).blobs().size(); ++i) {
      for (Net* each : {net.get(), plain.get()}) {
        each->layer(layer).blobs()[i]->data().update()[0] += 0.75f;
      }
      net->forward();
      for (size_t k = 0; k < plain->layer_count(); ++k) plain->forward(k, k);
      check_near(output(*net, "y"), output(*plain, "y"),
                 str("layer ", layer, ", parameter ", i, " changed"));
    }
  }
}

// That from the blob "y" to the input and to all parameters the gradients are the same after a
// forward by steps and one layer by layer, and so is what the blobs hold then.
void check_backward(const std::string& layers, const std::function<void(Net&)>& between = {}) {
  Values gradients[2], parameters[2], first[2];
  for (const bool fused : {false, true}) {
    const auto net = make_net("force_backward: true " + layers, false);
    fill_input(*net);
    if (!fused) net->add_callback([](Net::Event, size_t) {});
    net->forward();
    if (between) between(*net);
    Blob& top = *net->blobs()[net->blob_index("y")];
    std::fill_n(top.diff().write(), top.count(), 0.5f);
    net->backward();
    gradients[fused] = values_of(net->blobs()[net->blob_index("data")]->diff());
    for (const Net::Learnable& each : net->learnable()) {
      const Values values = values_of(each.blob->diff());
      parameters[fused].insert(parameters[fused].end(), values.begin(), values.end());
    }
    first[fused] = output(*net, "a");
  }
  check_near(gradients[1], gradients[0], "the input's gradient");
  check_near(parameters[1], parameters[0], "the parameters' gradients");
  check_near(first[1], first[0], "blob a");
  CHECK(std::any_of(gradients[0].begin(), gradients[0].end(), [](float g) { return g != 0; }));
}

TEST(plan_backward_after_fused_steps_is_that_of_the_layers) {
  check_backward(convolution("a", "data", 5, 3) + in_place("BatchNorm", "a") +
                 in_place("Scale", "a", kNorm) + in_place("ReLU", "a") +
                 convolution("y", "a", 4, 3) + in_place("ELU", "y") + in_place("Sigmoid", "y"));
}

// A net that samples while it is tested (Bayesian SegNet's) drops the same values once more.
TEST(plan_backward_drops_what_the_forward_dropped) {
  check_backward(convolution("a", "data", 5, 3) + in_place("Scale", "a", kNorm) +
                 in_place("Dropout", "a", "dropout_param { sample_weights_test: true }") +
                 convolution("y", "a", 4, 3));
}

// What is done between a forward and a backward is seen as if there were no steps.
TEST(plan_backward_goes_by_what_happened_since) {
  const std::string layers = convolution("a", "data", 5, 3) + in_place("Scale", "a", kNorm) +
                             in_place("PReLU", "a") + convolution("y", "a", 4, 3) +
                             in_place("Sigmoid", "y");
  const auto write = [](Net& net) {
    const Tensor a = net.blobs()[net.blob_index("a")]->data();
    std::fill_n(a.write(), a.count(), 0.75f);
  };
  const auto run_part = [](Net& net) { net.forward(net.layer_index("y"), net.layer_count() - 1); };
  check_backward(layers, write);
  check_backward(layers, run_part);
  check_backward(layers, [&](Net& net) { write(net), run_part(net); });
}

// What they began with is overwritten then, and no layer before them makes it anew.
TEST(plan_backward_after_functions_per_channel_in_place_is_that_of_the_layers) {
  check_backward(
      "layer { name: 'a' type: 'Pooling' bottom: 'data' top: 'a'"
      "  pooling_param { pool: AVE kernel_size: 3 stride: 1 pad: 1 } }" +
      in_place("BatchNorm", "a") + in_place("Scale", "a", kNorm) + in_place("ReLU", "a") +
      convolution("y", "a", 4, 3));
}

TEST(plan_keeps_what_is_named) {
  const std::string layers = convolution("a", "data", 5, 3) + in_place("ReLU", "a") +
                             convolution("b", "a", 5, 3) + convolution("y", "b", 4, 3);
  const auto net = make_net(layers, true, {"a"});
  fill_input(*net);
  net->forward();
  check_near(output(*net, "a"), one_by_one(layers, "a"), "a");
  CHECK(!net->blobs()[net->blob_index("a")]->hidden());
  CHECK(net->blobs()[net->blob_index("b")]->hidden());
  CHECK(!net->blobs()[net->blob_index("data")]->hidden());
  CHECK(!net->blobs()[net->blob_index("y")]->hidden());
}

TEST(plan_gives_memory_on) {
  std::string layers, bottom = "data";
  for (int i = 0; i < 12; ++i) {
    const std::string top = i == 11 ? "y" : str("c", i);
    layers += convolution(top, bottom, 8, 3);
    bottom = top;
  }
  const auto net = make_net(layers, true);
  net->set_device(host_device());  // a device's memory is the device's to give on
  for (int pass = 0; pass < 3; ++pass) {
    fill_input(*net);
    net->forward();
    if (!net->device().is_host()) continue;  // a device's memory is its own to share out
    // Two blobs are needed at a time, of eight channels each.
    CHECK_EQ(net->plan()->memory(), int64_t{2 * 2 * 8 * 9 * 7 * 4});
  }
}

TEST(plan_refuses_what_needs_its_layers) {
  const auto net = make_net(convolution("y", "data", 5, 3) + in_place("ReLU", "y"), true);
  net->forward();
  CHECK_FAILS(Status::kState, "optimize", net->backward());
  CHECK_FAILS(Status::kState, "optimize", net->forward(0, 1));
  CHECK_FAILS(Status::kState, "optimize", net->add_callback([](Net::Event, size_t) {}));
  const std::string layers = convolution("y", "data", 5, 3);
  CHECK_FAILS(Status::kNotFound, "no blob", make_net(layers, true, {"z"}));
  CHECK_FAILS(Status::kInvalidArgument, "keep", make_net(layers, false, {"y"}));
  NetParameter param;
  parse_text(kInput, param);
  NetSetup setup;
  setup.options.optimize = true;
  setup.state.set_phase(TRAIN);
  CHECK_FAILS(Status::kInvalidArgument, "TEST", Net(param, setup));
}

}  // namespace
}  // namespace caffe
