// A layer in place changes a blob that layers before it may still need, or that is another blob's,
// too: values and gradients are those of the same net with blobs of their own.
#include <cmath>

#include "net/net.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

using Values = std::vector<float>;

struct Result {
  Values data, top, data_diff;
};

Values values_of(ConstTensor tensor) {
  const float* values = tensor.read();
  return Values(values, values + tensor.count());
}

// Two passes, so that what the first one leaves behind shows.
Result run(const std::string& layers, const std::string& top) {
  NetParameter param;
  parse_text(
      "force_backward: true layer { name: 'data' type: 'Input' top: 'data'"
      "  input_param { shape { dim: 2 dim: 3 dim: 2 } } }" +
          layers,
      param);
  NetSetup setup;
  setup.options.set_seed(1);
  Net net(param, setup);
  Blob& data = *net.blobs()[net.blob_index("data")];
  Blob& out = *net.blobs()[net.blob_index(top)];
  float* values = data.data().write();
  for (int64_t i = 0; i < data.count(); ++i) values[i] = 0.3f * static_cast<float>(i % 7) - 0.95f;
  for (int pass = 0; pass < 2; ++pass) {
    net.forward();
    float* gradient = out.diff().write();
    for (int64_t i = 0; i < out.count(); ++i) gradient[i] = static_cast<float>(i % 5) - 1.5f;
    net.backward();
  }
  return {values_of(data.data()), values_of(out.data()), values_of(data.diff())};
}

void check_near(const Values& values, const Values& expected, const std::string& what) {
  CHECK_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (test::near(values[i], expected[i], 1e-5, 1e-6)) continue;
    test::failed(__FILE__, __LINE__,
                 str(what, ", value ", i, ": ", values[i], " is not ", expected[i]));
  }
}

// `layers` names "@" where a blob is to be made anew with its own name, or again in place.
void check_same(const std::string& layers) {
  std::string in_place = layers, apart = layers;
  for (std::string* text : {&in_place, &apart}) {
    for (size_t at; (at = text->find('@')) != std::string::npos;) {
      text->replace(at, 1, text == &apart ? "_apart" : "");
    }
  }
  const Result expected = run(apart, "y_apart"), given = run(in_place, "y");
  check_near(given.data, expected.data, layers + ": data");
  check_near(given.top, expected.top, layers + ": top");
  check_near(given.data_diff, expected.data_diff, layers + ": diff of data");
}

const char* const kNegate =
    "layer { name: 'in_place' type: 'Power' bottom: 'y' top: 'y@' power_param { scale: -2 } }";

TEST(net_layers_before_one_in_place_have_their_gradients) {
  for (const char* type : {"Sigmoid", "TanH", "ELU", "Exp", "Softmax", "ReLU", "ReLU6"}) {
    check_same(str("layer { name: 'layer' type: '", type, "' bottom: 'data' top: 'y' }", kNegate));
  }
  check_same(
      "layer { name: 'abs' type: 'AbsVal' bottom: 'data' top: 'a' }"
      "layer { name: 'layer' type: 'Eltwise' bottom: 'data' bottom: 'a' top: 'y'"
      "  eltwise_param { operation: PROD stable_prod_grad: false } }" +
      std::string(kNegate));
}

TEST(net_chains_in_place_have_their_gradients) {
  for (const char* type : {"Sigmoid", "TanH", "ELU", "Exp", "Softmax", "ReLU", "ReLU6"}) {
    check_same(str("layer { name: 'split' type: 'Power' bottom: 'data' top: 'y' }",
                   "layer { name: 'layer' type: '", type, "' bottom: 'y' top: 'y' }", kNegate));
  }
}

TEST(net_views_that_are_worked_on_in_place_leave_their_bottom_alone) {
  for (const char* view : {"Flatten", "Concat", "Slice", "Reshape", "Split"}) {
    const std::string shape =
        std::string(view) == "Reshape" ? "reshape_param { shape { dim: 0 dim: -1 } }" : "";
    check_same(str("layer { name: 'view' type: '", view, "' bottom: 'data' top: 'y' ", shape, " }",
                   kNegate));
    check_same(str("layer { name: 'tanh' type: 'TanH' bottom: 'data' top: 't' }",
                   "layer { name: 'view' type: '", view, "' bottom: 't' top: 'y' ", shape, " }",
                   kNegate));
  }
}

TEST(net_losses_do_not_work_in_place) {
  CHECK_FAILS(Status::kInvalidArgument, "cannot work in place",
              run("layer { name: 'b' type: 'AbsVal' bottom: 'data' top: 'b' }"
                  "layer { name: 'c' type: 'AbsVal' bottom: 'data' top: 'c' }"
                  "layer { name: 'loss' type: 'SmoothL1LossOHEM' bottom: 'b' bottom: 'c' top: 'b'"
                  "  top: 'each' loss_weight: 1 loss_weight: 0 }",
                  "b"));
}

}  // namespace
}  // namespace caffe
