// net/gradients.cpp: which layers go back, and behind which a gradient is complete.
#include "net/gradients.hpp"

#include "cpp/net/small_nets.hpp"
#include "support/check.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::inner_product;
using test::kInput;
using test::made;

// `name` where a layer goes back, `-` where not.
std::string going_back(const Net& net) {
  std::string all;
  for (size_t i = 0; i < net.layer_count(); ++i) {
    all += net.needs_backward(i) ? net.layer(i).name() + " " : "- ";
  }
  return all;
}

const std::string kLoss = "layer { name: 'loss' type: 'EuclideanLoss' bottom: 'b' bottom: 'data' }";

TEST(layers_between_a_parameter_and_a_loss_go_back) {
  const std::string nets = kInput + inner_product("a", "data") + inner_product("b", "a");
  CHECK_EQ(going_back(made(nets + kLoss)), "- - a b loss ");
  CHECK_EQ(going_back(made(nets)), "- - - ");
  const std::string frozen = "param { lr_mult: 0 } param { lr_mult: 0 }";
  CHECK_EQ(going_back(
               made(kInput + inner_product("a", "data", frozen) + inner_product("b", "a") + kLoss)),
           "- - - b loss ");
}

TEST(nothing_goes_back_behind_a_bottom_that_wants_no_gradient) {
  CHECK_EQ(going_back(made(kInput + inner_product("a", "data") +
                           inner_product("b", "a", "propagate_down: false") + kLoss)),
           "- - - b loss ");
}

TEST(a_loss_that_another_layer_reads_trains_by_a_weight_that_is_written_out) {
  const auto with = [](const std::string& weight, Phase phase) {
    return going_back(
        made(kInput + inner_product("a", "data") +
                 "layer { name: 'loss' type: 'EuclideanLoss' bottom: 'a' bottom: 'data' top: 'l' " +
                 weight + " } layer { name: 'quiet' type: 'Silence' bottom: 'l' }",
             phase));
  };
  const std::string warning = "\"loss\" (EuclideanLoss): nothing is trained by this loss";
  const test::Log log;
  CHECK_EQ(with("loss_weight: 1", TRAIN), "- - a loss l_loss_0_split - ");
  CHECK_EQ(with("", TEST), "- - - - - ");
  CHECK_EQ(log.count(warning), 0);
  CHECK_EQ(with("", TRAIN), "- - - - - ");
  CHECK_EQ(log.count(warning), 1);
}

TEST(forced_all_layers_go_back) {
  CHECK_EQ(going_back(made("force_backward: true " + kInput + inner_product("a", "data"))),
           "data a ");
}

TEST(net_does_not_train_statistics) {
  const Net net = made(std::string(kInput) +
                       "layer { name: 'norm' type: 'BatchNorm' bottom: 'data' top: 'norm' "
                       "param { lr_mult: 3 decay_mult: 2 } param {} param {} }");
  CHECK_EQ(net.learnable().size(), size_t{3});
  for (const Net::Learnable& each : net.learnable()) {
    CHECK_EQ(each.lr_mult, 0);
    CHECK_EQ(each.decay_mult, 0);
  }
  CHECK(!net.needs_backward(1));
}

TEST(net_force_backward_passes_by_layers_that_allow_no_gradient) {
  Net net = made(
      "force_backward: true"
      " layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 2 dim: 3 } } }"
      " layer { name: 'i' type: 'Input' top: 'i' input_param { shape { dim: 2 } } }"
      " layer { name: 'y' type: 'SegAccuracy' bottom: 'x' bottom: 'i' top: 'y' }");
  net.forward();
  net.backward();
  for (const char* name : {"x", "i"}) {
    CHECK(net.blobs()[net.blob_index(name)]->diff_storage()->empty());
  }
}

// Without a bias, so that a layer has one parameter.
std::string ip(const std::string& name, const std::string& bottom, const std::string& more = "") {
  return "layer { name: '" + name + "' type: 'InnerProduct' bottom: '" + bottom + "' top: '" +
         name + "' " + more +
         " inner_product_param { num_output: 4 bias_term: false"
         " weight_filler { type: 'xavier' } } } ";
}

std::string loss(const std::string& bottom) {
  return "layer { name: 'sum' type: 'Reduction' bottom: '" + bottom +
         "' top: 'sum' loss_weight: 1 }";
}

// Of each parameter, the name of the layer; "none".
std::string ready_after(const std::string& layers) {
  const Net net = made(kInput + layers);
  std::string names;
  for (const Net::Learnable& each : net.learnable()) {
    names += (each.ready_after ? net.layer(*each.ready_after).name() : "none") + " ";
  }
  return names;
}

const std::string kShared = "param { name: 'w' }";

TEST(a_gradient_is_complete_behind_its_layer) {
  CHECK_EQ(ready_after(ip("a", "data") + ip("b", "a") + loss("b")), "a b ");
}

TEST(a_shared_gradient_is_complete_behind_its_lowest_layer) {
  CHECK_EQ(ready_after(ip("a", "data", kShared) + ip("b", "a") + ip("c", "b", kShared) + loss("c")),
           "a b ");
}

// The owner of this one does not lead to the loss.
TEST(a_shared_gradient_is_complete_behind_those_that_add_to_it) {
  CHECK_EQ(ready_after(ip("a", "data", kShared) + ip("b", "data") + ip("c", "b", kShared) +
                       ip("d", "c", kShared) + loss("d")),
           "c b ");
}

TEST(a_gradient_that_nobody_computes_is_never_complete) {
  CHECK_EQ(ready_after(ip("a", "data", "param { lr_mult: 0 }") + ip("b", "a") + ip("c", "b") +
                       loss("b")),
           "none b none ");
}

// Whatever learning rate they are given.
TEST(statistics_have_no_gradient) {
  CHECK_EQ(
      ready_after(ip("a", "data") + "layer { name: 'bn' type: 'BatchNorm' bottom: 'a' top: 'bn' }" +
                  loss("bn") + " force_backward: true"),
      "a none none none ");
}

TEST(the_backward_observer_sees_every_layer_behind_the_callbacks) {
  Net net = made(kInput + ip("a", "data") + loss("a"));
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
