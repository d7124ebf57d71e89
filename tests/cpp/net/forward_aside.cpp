// net/forward_aside.cpp: backward when no forward came before. What every layer's gradient must be
// then is in cpp/layers/base/contract.cpp.
#include "net/forward_aside.hpp"

#include "net/net.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

Net made(const std::string& text, Phase phase = TRAIN, bool force_backward = true) {
  NetParameter param;
  parse_text(text, param);
  NetSetup setup;
  setup.state.set_phase(phase);
  setup.options.set_seed(1);
  setup.options.force_backward = force_backward;
  return Net(param, setup);
}

const std::string kInput =
    "layer { name: 'data' type: 'Input' top: 'data' input_param { shape { dim: 2 dim: 4 } } }\n";

Blob& blob(const Net& net, const std::string& name) {
  return *net.blobs()[net.blob_index(name)];
}

void fill(Tensor tensor, std::vector<float> values) {
  CHECK_EQ(tensor.count(), static_cast<int64_t>(values.size()));
  std::copy(values.begin(), values.end(), tensor.write());
}

std::vector<float> values(ConstTensor tensor) {
  const float* begin = tensor.read();
  return std::vector<float>(begin, begin + tensor.count());
}

using Floats = std::vector<float>;

TEST(backward_first_takes_tops_as_they_lie) {
  for (const Phase phase : {TRAIN, TEST}) {
    Net net = made(kInput + "layer { name: 's' type: 'Sigmoid' bottom: 'data' top: 's' }", phase);
    fill(blob(net, "s").data(), {0.5f, 0.5f, 0.5f, 0.5f, 0, 0, 0, 0});
    fill(blob(net, "s").diff(), Floats(8, 4));
    net.backward();
    CHECK((values(blob(net, "data").diff()) == Floats{1, 1, 1, 1, 0, 0, 0, 0}));
    CHECK_EQ(blob(net, "s").data().read()[0], 0.5f);
    net.forward();
    net.backward();
    CHECK((values(blob(net, "data").diff()) == Floats(8, 1)));  // sigmoid(0) everywhere
  }
}

TEST(backward_first_chooses_maxima_of_what_the_bottom_holds) {
  Net net = made(
      "layer { name: 'd' type: 'Input' top: 'd'"
      "  input_param { shape { dim: 1 dim: 1 dim: 2 dim: 2 } } }"
      "layer { name: 'p' type: 'Pooling' bottom: 'd' top: 'p' pooling_param { kernel_size: 2 } }");
  fill(blob(net, "p").diff(), {3});
  for (const size_t at : {2, 1}) {  // each backward looks anew
    Floats data(4, -1), expected(4, 0);
    data[at] = 1, expected[at] = 3;
    fill(blob(net, "d").data(), data);
    net.backward();
    CHECK((values(blob(net, "d").diff()) == expected));
    CHECK_EQ(blob(net, "p").data().read()[0], 0.0f);
  }
}

TEST(backward_first_with_shapes_that_follow_values) {
  Net net = made(
      "layer { name: 'in' type: 'Input' top: 'data' top: 'chosen'"
      "  input_param { shape { dim: 3 dim: 2 } shape { dim: 3 } } }"
      "layer { name: 'x' type: 'InnerProduct' bottom: 'data' top: 'x'"
      "  inner_product_param { num_output: 2 } }"
      "layer { name: 'f' type: 'Filter' bottom: 'x' bottom: 'chosen' top: 'y' loss_weight: 2 }",
      TRAIN, false);
  CHECK_EQ(blob(net, "y").shape(), (Shape{3, 2}));
  fill(blob(net, "chosen").data(), {0, 0, 1});
  net.backward();
  CHECK_EQ(blob(net, "y").shape(), (Shape{1, 2}));
  CHECK((values(blob(net, "x").diff()) == Floats{0, 0, 0, 0, 2, 2}));
  net.forward();
  net.backward();
  CHECK((values(blob(net, "x").diff()) == Floats{0, 0, 0, 0, 2, 2}));
}

TEST(backward_first_in_place_leaves_the_blob) {
  Net net = made(kInput + "layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'data' }");
  const Floats data{1, -1, 2, -2, 3, -3, 4, -4};
  fill(blob(net, "data").data(), data);
  fill(blob(net, "data").diff(), Floats(8, 1));
  net.backward();
  CHECK((values(blob(net, "data").data()) == data));
  CHECK((values(blob(net, "data").diff()) == Floats{1, 0, 1, 0, 1, 0, 1, 0}));
}

TEST(backward_first_leaves_statistics) {
  Net net = made(kInput + "layer { name: 'b' type: 'BatchNorm' bottom: 'data' top: 'b' }");
  fill(blob(net, "data").data(), {1, 2, 3, 4, 5, 6, 7, 8});
  net.backward();
  const auto& statistics = net.layer(1).blobs();
  CHECK_EQ(statistics.size(), 3u);
  for (const auto& each : statistics) CHECK_EQ(each->data().read()[0], 0.0f);
  const Storage* storage = statistics[0]->data_storage().get();
  net.forward();
  CHECK(statistics[0]->data().read()[0] != 0);
  CHECK(statistics[0]->data_storage().get() == storage);
}

TEST(backward_first_leaves_states) {
  const std::string text =
      "layer { name: 'in' type: 'Input' top: 'x' top: 'cont'"
      "  input_param { shape { dim: 2 dim: 1 dim: 3 } shape { dim: 2 dim: 1 } } }"
      "layer { name: 'lstm' type: 'LSTM' bottom: 'x' bottom: 'cont' top: 'h' propagate_down: true"
      "  propagate_down: false recurrent_param { num_output: 2"
      "  weight_filler { type: 'uniform' } } }";
  Net usual = made(text), early = made(text);
  for (const Net* net : {&usual, &early}) {
    fill(blob(*net, "x").data(), {1, 2, 3, 4, 5, 6});
    fill(blob(*net, "cont").data(), {1, 1});
  }
  early.backward();
  for (int pass = 0; pass < 2; ++pass) {
    usual.forward();
    early.forward();
    CHECK((values(blob(early, "h").data()) == values(blob(usual, "h").data())));
  }
}

TEST(backward_first_says_what_its_forward_said) {
  Net net = made(kInput +
                 "layer { name: 'label' type: 'Input' top: 'label'"
                 "  input_param { shape { dim: 2 } } }"
                 "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'data' bottom: 'label'"
                 "  top: 'loss' propagate_down: true propagate_down: false }");
  fill(blob(net, "label").data(), {0, 9});
  fill(blob(net, "loss").data(), {77});
  CHECK_FAILS(Status::kInvalidArgument, "\"loss\" (SoftmaxWithLoss)", net.backward());
  CHECK_EQ(blob(net, "loss").data().read()[0], 77.0f);
  fill(blob(net, "label").data(), {0, 3});
  net.backward();
  CHECK_NEAR(blob(net, "data").diff().read()[0], -0.375, 1e-6, 0);
}

TEST(backward_after_partial_forwards_and_reshapes) {
  Net net = made(kInput +
                 "layer { name: 'a' type: 'InnerProduct' bottom: 'data' top: 'a'"
                 "  inner_product_param { num_output: 3 weight_filler { value: 2 } } }"
                 "layer { name: 'b' type: 'Softmax' bottom: 'a' top: 'b' }");
  fill(blob(net, "a").data(), Floats(6, 1));
  net.forward(2, 2);
  CHECK_NEAR(blob(net, "b").data().read()[0], 1.0 / 3, 1e-6, 0);
  fill(blob(net, "b").diff(), {3, 0, 0, 0, 0, 0});
  net.backward();
  const Floats gradient = values(blob(net, "a").diff());
  CHECK_NEAR(gradient[0], 2.0 / 3, 1e-6, 0);
  CHECK_NEAR(gradient[1], -1.0 / 3, 1e-6, 0);
  CHECK_EQ(blob(net, "a").data().read()[0], 1.0f);
  blob(net, "data").reshape(Shape{5, 4});
  net.reshape();
  fill(blob(net, "a").diff(), Floats(15, 1));
  net.backward(1, 1);
  CHECK((values(blob(net, "data").diff()) == Floats(20, 6)));
}

}  // namespace
}  // namespace caffe
