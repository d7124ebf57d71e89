// net/wiring.cpp: layers wired by the names of blobs, and parameters shared by theirs.
#include "net/wiring.hpp"

#include "cpp/net/small_nets.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

using test::inner_product;
using test::kInput;
using test::made;

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

TEST(net_shares_named_parameters) {
  const std::string w = "param { name: 'w' lr_mult: 2 } param { name: 'b' }";
  Net net = made(kInput + inner_product("a", "data", w) + inner_product("c", "a", w));
  CHECK_EQ(net.learnable().size(), size_t{2});
  CHECK_EQ(net.learnable()[0].lr_mult, 2.0f);
  net.layer(1).blobs()[0]->data().update()[3] = 11;
  CHECK_EQ(net.layer(2).blobs()[0]->data().read()[3], 11.0f);
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

// Whatever rates are given for statistics, and by whichever of the layers that share them.
TEST(net_does_not_train_shared_statistics) {
  const auto norm = [](const std::string& name, const std::string& more) {
    std::string params;
    for (const char* each : {"m", "v", "n", "s", "b"}) {
      params += str("param { name: '", each, "' ", more, " } ");
    }
    return str("layer { name: '", name, "' type: 'BatchNorm' bottom: 'data' top: '", name, "' ",
               params, "batch_norm_param { scale_bias: true } }");
  };
  const std::string given = "lr_mult: 3 decay_mult: 2";
  for (const std::string& first : {std::string(), given}) {
    const Net net = made(kInput + norm("one", first) + norm("other", given));
    CHECK_EQ(net.learnable().size(), size_t{5});
    for (size_t i = 0; i < 5; ++i) {
      CHECK_EQ(net.learnable()[i].lr_mult, i < 3 ? 0 : 3);
      CHECK_EQ(net.learnable()[i].decay_mult, i < 3 ? 0 : 2);
    }
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

}  // namespace
}  // namespace caffe
