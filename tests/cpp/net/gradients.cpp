// net/gradients.cpp: behind which layer a parameter's gradient is complete.
#include <optional>

#include "net/net.hpp"
#include "schema/files.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

std::string ip(const std::string& name, const std::string& bottom, const std::string& more = "") {
  return "layer { name: '" + name + "' type: 'InnerProduct' bottom: '" + bottom + "' top: '" +
         name + "' " + more +
         " inner_product_param { num_output: 3 bias_term: false"
         " weight_filler { type: 'xavier' } } } ";
}

std::string loss(const std::string& bottom) {
  return "layer { name: 'sum' type: 'Reduction' bottom: '" + bottom +
         "' top: 'sum' loss_weight: 1 }";
}

// Of each parameter, the name of the layer; "none".
std::string ready_after(const std::string& layers) {
  NetSetup setup;
  setup.state.set_phase(TRAIN);
  const Net net(
      read_net_text(
          "layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 2 dim: 3 } } } " +
          layers),
      setup);
  std::string names;
  for (const Net::Learnable& each : net.learnable()) {
    names += (each.ready_after ? net.layer(*each.ready_after).name() : "none") + " ";
  }
  return names;
}

const std::string kShared = "param { name: 'w' }";

TEST(a_gradient_is_complete_behind_its_layer) {
  CHECK_EQ(ready_after(ip("a", "x") + ip("b", "a") + loss("b")), "a b ");
}

TEST(a_shared_gradient_is_complete_behind_its_lowest_layer) {
  CHECK_EQ(ready_after(ip("a", "x", kShared) + ip("b", "a") + ip("c", "b", kShared) + loss("c")),
           "a b ");
}

// The owner of this one does not lead to the loss.
TEST(a_shared_gradient_is_complete_behind_those_that_add_to_it) {
  CHECK_EQ(ready_after(ip("a", "x", kShared) + ip("b", "x") + ip("c", "b", kShared) +
                       ip("d", "c", kShared) + loss("d")),
           "c b ");
}

TEST(a_gradient_that_nobody_computes_is_never_complete) {
  CHECK_EQ(ready_after(ip("a", "x", "param { lr_mult: 0 }") + ip("b", "a") + ip("c", "b") +
                       loss("b")),
           "none b none ");
}

// Whatever learning rate they are given.
TEST(statistics_have_no_gradient) {
  CHECK_EQ(ready_after(ip("a", "x") +
                       "layer { name: 'bn' type: 'BatchNorm' bottom: 'a' top: 'bn' }" + loss("bn") +
                       " force_backward: true"),
           "a none none none ");
}

TEST(the_backward_observer_sees_every_layer_behind_the_callbacks) {
  NetSetup setup;
  setup.state.set_phase(TRAIN);
  Net net(read_net_text("layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 2 "
                        "dim: 3 } } } " +
                        ip("a", "x") + loss("a")),
          setup);
  std::string events;
  net.add_callback([&](Net::Event event, size_t layer) {
    if (event == Net::kAfterBackward) events += str("callback ", layer, " ");
  });
  net.set_backward_observer([&](size_t layer) { events += str("observer ", layer, " "); });
  net.forward();
  net.backward();
  CHECK_EQ(events, "callback 2 observer 2 callback 1 observer 1 callback 0 observer 0 ");
  net.set_backward_observer({});
  events.clear();
  net.backward();
  CHECK_EQ(events, "callback 2 callback 1 callback 0 ");
}

}  // namespace
}  // namespace caffe
