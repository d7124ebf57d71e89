// Filtering by state, splits, wiring by name, sharing: net/filter, net/splits, net/net.
#include <cmath>

#include "net/filter.hpp"
#include "net/net.hpp"
#include "net/splits.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

NetParameter parsed(const std::string& text) {
  NetParameter param;
  parse_text(text, param);
  return param;
}

Net made(const std::string& text, Phase phase = TRAIN) {
  NetSetup setup;
  setup.state.set_phase(phase);
  setup.seed = 1;
  return Net(parsed(text), setup);
}

const char* const kInput =
    "layer { name: 'data' type: 'Input' top: 'data' input_param { shape { dim: 3 dim: 4 } } }\n";

std::string inner_product(const std::string& name, const std::string& bottom,
                          const std::string& more = "") {
  return "layer { name: '" + name + "' type: 'InnerProduct' bottom: '" + bottom + "' top: '" +
         name + "' inner_product_param { num_output: 4 weight_filler { type: 'xavier' } } " + more +
         " }\n";
}

std::string names(const NetParameter& param) {
  std::string out;
  for (const LayerParameter& layer : param.layer) out += layer.name + " ";
  return out;
}

TEST(filter_net_by_phase_level_and_stage) {
  const char* const text =
      "layer { name: 'always' type: 'Silence' }"
      "layer { name: 'train' type: 'Silence' include { phase: TRAIN } }"
      "layer { name: 'level' type: 'Silence' include { min_level: 2 max_level: 3 } }"
      "layer { name: 'stage' type: 'Silence' include { stage: 'a' not_stage: 'b' } }"
      "layer { name: 'not_a' type: 'Silence' exclude { stage: 'a' } }"
      "layer { name: 'either' type: 'Silence' include { stage: 'b' } include { phase: TEST } }";
  const auto filtered = [&](const std::string& state) {
    return names(filter_net(parsed("state { " + state + " }" + text)));
  };
  CHECK_EQ(filtered("phase: TRAIN"), "always train not_a ");
  CHECK_EQ(filtered("phase: TEST level: 2"), "always level not_a either ");
  CHECK_EQ(filtered("phase: TEST level: 4 stage: 'a'"), "always stage either ");
  CHECK_EQ(filtered("phase: TRAIN stage: 'a' stage: 'b'"), "always train either ");
}

TEST(filter_net_warns_of_stages_that_are_nearly_right) {
  const std::string rules =
      "layer { name: 'a' type: 'Silence' include { stage: 'deploy' not_stage: 'visual' } }";
  const auto warnings = [&](const std::string& stages) {
    const test::Log log;
    filter_net(parsed("state { phase: TEST " + stages + " }" + rules), "n.prototxt");
    return log.count("n.prototxt: no layer has a rule for stage");
  };
  CHECK_EQ(warnings("stage: 'deplyo'"), 1);
  CHECK_EQ(warnings("stage: 'visuals' stage: 'Deploy'"), 2);
  CHECK_EQ(warnings("stage: 'deploy' stage: 'visual' stage: 'other'"), 0);
}

TEST(filter_net_refuses_both_kinds_of_rules) {
  const NetParameter param =
      parsed("layer { name: 'l' type: 'ReLU' include { phase: TEST } exclude { stage: 'x' } }");
  CHECK_FAILS(Status::kInvalidArgument, "include rules and exclude rules", filter_net(param));
}

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

TEST(net_names_an_unknown_bottom_and_the_nearest) {
  CHECK_FAILS(Status::kInvalidArgument, "did you mean \"data\"?",
              made(std::string(kInput) + inner_product("a", "dta")));
  CHECK_FAILS(Status::kInvalidArgument, "<text>:2: layer \"a\" (InnerProduct): bottom \"late\"",
              made(std::string(kInput) + inner_product("a", "late") + inner_product("late", "a")));
}

TEST(net_refuses_two_makers_of_a_blob) {
  CHECK_FAILS(Status::kInvalidArgument, "top \"data\" is made by another layer already",
              made(std::string(kInput) + kInput));
}

TEST(net_checks_counts_that_must_agree) {
  CHECK_FAILS(Status::kInvalidArgument, "loss_weight is given 2 times",
              made(kInput + inner_product("a", "data", "loss_weight: 1 loss_weight: 2")));
  CHECK_FAILS(
      Status::kInvalidArgument, "propagate_down is given 2 times",
      made(kInput + inner_product("a", "data", "propagate_down: true propagate_down: false")));
  CHECK_FAILS(Status::kInvalidArgument, "has 3 param { } entries, but only 2",
              made(kInput + inner_product("a", "data", "param {} param {} param {}")));
}

TEST(net_empty_runs) {
  Net net = made("name: 'nothing'");
  CHECK_EQ(net.forward(), 0.0f);
  net.backward();
  CHECK(net.output_ids().empty());
}

TEST(net_shares_named_parameters) {
  const std::string w = "param { name: 'w' lr_mult: 2 } param { name: 'b' }";
  Net net = made(kInput + inner_product("a", "data", w) + inner_product("c", "a", w));
  CHECK_EQ(net.learnable().size(), size_t{2});
  CHECK_EQ(net.learnable()[0].lr_mult, 2.0f);
  net.layer(1).blobs()[0]->data().update()[3] = 11;
  CHECK_EQ(net.layer(2).blobs()[0]->data().read()[3], 11.0f);
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

TEST(net_sharing_misfits_are_errors) {
  const auto pair = [](const std::string& first, const std::string& second) {
    return "layer { name: 'a' type: 'InnerProduct' bottom: 'data' top: 'a' param { name: 'w' " +
           first + " } inner_product_param { num_output: 5 bias_term: false } }" +
           "layer { name: 'c' type: 'InnerProduct' bottom: 'a' top: 'c' param { name: 'w' " +
           second + " } inner_product_param { num_output: 4 bias_term: false } }";
  };
  CHECK_FAILS(Status::kShape, "the shapes differ; it is 5 4 (20) there and 4 5 (20) here",
              made(kInput + pair("", "")));
  CHECK_EQ(made(kInput + pair("", "share_mode: PERMISSIVE")).learnable().size(), size_t{1});
  CHECK_FAILS(Status::kInvalidArgument,
              "shared parameter \"w\" has lr_mult 2 here and 1 at its owner",
              made(kInput + pair("lr_mult: 1", "share_mode: PERMISSIVE lr_mult: 2")));
}

TEST(net_finds_by_name_or_says_what_is_near) {
  Net net = made(kInput + inner_product("conv1", "data"));
  CHECK_EQ(net.layer_index("conv1"), size_t{1});
  CHECK_EQ(net.blob_index("data"), size_t{0});
  CHECK_FAILS(Status::kNotFound, "no blob \"conv_1\"; did you mean \"conv1\"?",
              net.blob_index("conv_1"));
  CHECK_FAILS(Status::kNotFound, "no layer \"x\"", net.layer_index("x"));
}

TEST(net_clone_shares_weights_not_blobs) {
  Net net = made(kInput + inner_product("a", "data"), TEST);
  const std::unique_ptr<Net> copy = net.clone();
  net.layer(1).blobs()[0]->data().update()[0] = 3;
  CHECK_EQ(copy->layer(1).blobs()[0]->data().read()[0], 3.0f);
  net.blobs()[0]->data().update()[0] = 5;
  CHECK_EQ(copy->blobs()[0]->data().read()[0], 0.0f);
}

TEST(net_test_phase_allocates_no_diffs) {
  Net net = made(kInput + inner_product("a", "data"), TEST);
  net.forward();
  for (const auto& blob : net.blobs()) CHECK(blob->diff_storage()->empty());
}

TEST(net_errors_while_running_name_the_layer) {
  Net net = made(kInput + inner_product("a", "data"));
  net.blobs()[0]->reshape(Shape{2, 7});
  CHECK_FAILS(Status::kShape, "layer \"a\" (InnerProduct)", net.forward());
  CHECK_FAILS(Status::kShape, "layer \"a\" (InnerProduct)", net.forward());
  net.blobs()[0]->reshape(Shape{2, 4});
  net.forward();
  CHECK_EQ(net.blobs()[1]->shape(), (Shape{2, 4}));
}

TEST(net_backward_goes_by_shapes_the_layers_know) {
  Net net = made(kInput + inner_product("ip", "data") +
                 "layer { name: 'label' type: 'Input' top: 'label'"
                 "  input_param { shape { dim: 3 } } }"
                 "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'ip' bottom: 'label' }");
  net.forward();
  net.backward();
  net.blobs()[net.blob_index("data")]->reshape(Shape{30, 4});
  CHECK_FAILS(Status::kState,
              "\"ip\" (InnerProduct): backward needs a forward, or a reshape of the net, before "
              "it: bottom \"data\" has got another shape, 3 4 (12) before, 30 4 (120) now",
              net.backward());
}

TEST(net_without_a_loss_says_that_it_has_no_gradients) {
  const std::string deployed = kInput + inner_product("ip", "data");
  const test::Log log;
  Net net = made(deployed);
  net.forward();
  CHECK_EQ(log.count("backward computes nothing"), 0);
  net.backward();
  net.backward();
  CHECK_EQ(log.count("backward computes nothing"), 1);
  CHECK_EQ(log.count("force_backward: true"), 1);
  Net forced = made("force_backward: true " + deployed);
  forced.forward();
  forced.backward();
  Net with_loss =
      made(deployed + "layer { name: 'loss' type: 'EuclideanLoss' bottom: 'ip' bottom: 'ip' }");
  with_loss.forward();
  with_loss.backward();
  CHECK_EQ(log.count("backward computes nothing"), 1);
}

TEST(net_failed_forward_leaves_nothing_to_go_back_by) {
  Net net = made(kInput + inner_product("ip", "data") +
                 "layer { name: 'label' type: 'Input' top: 'label'"
                 "  input_param { shape { dim: 3 } } }"
                 "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'ip' bottom: 'label' }");
  net.forward();
  net.blobs()[net.blob_index("label")]->data().update()[1] = 4;
  CHECK_FAILS(Status::kInvalidArgument, "\"loss\" (SoftmaxWithLoss)", net.forward());
  CHECK_FAILS(Status::kInvalidArgument, "\"loss\" (SoftmaxWithLoss)", net.backward());
}

TEST(net_gives_tops_back_the_shapes_they_must_have) {
  Net net = made(kInput + inner_product("a", "data") +
                 "layer { name: 'relu' type: 'ReLU' bottom: 'a' top: 'b' loss_weight: 1 }");
  net.forward();
  for (const char* name : {"a", "b"}) {
    Blob& blob = *net.blobs()[net.blob_index(name)];
    blob.reshape(Shape{50, 40, 30});
    CHECK_FAILS(Status::kState, "\"relu\" (ReLU): backward needs a forward", net.backward());
    net.forward();
    CHECK_EQ(blob.shape(), (Shape{3, 4}));
    net.backward();
  }
}

TEST(net_refuses_layers_that_reshape_their_bottom) {
  CHECK_FAILS(
      Status::kInvalidArgument, "cannot work in place",
      made("layer { name: 'd' type: 'Input' top: 'd' input_param { shape { dim: 1 dim: 14 "
           "dim: 3 dim: 2 } } } layer { name: 'l' type: 'Yolov3DetectionOutput' bottom: 'd' "
           "top: 'd' yolov3_detection_output_param { num_classes: 2 num_box: 2 biases: 20 "
           "biases: 58 biases: 48 biases: 24 anchors_scale: 32 mask_group_num: 1 mask: 0 "
           "mask: 1 } }"));
}

TEST(net_too_large_to_count_its_floats_is_an_error) {
  std::string text;
  for (const char* name : {"a", "b", "c"}) {
    text += str("layer { name: '", name, "' type: 'Input' top: '", name,
                "' input_param { shape { dim: 4611686018427387904 } } }\n");
  }
  CHECK_FAILS(Status::kShape, "does not fit 64 bits", made(text));
}

TEST(net_range_must_exist) {
  Net net = made(kInput + inner_product("a", "data"));
  CHECK_FAILS(Status::kNotFound, "last layer 2 does not exist: the net has 2 layers",
              net.forward(0, 2));
}

}  // namespace
}  // namespace caffe
