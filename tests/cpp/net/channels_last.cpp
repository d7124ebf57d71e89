// Nets of convolutions stay in channels-last order, forward and backward: values are brought into
// another order at the input and at the classifier only.
#include "net/net.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

std::string convolution(const std::string& name, const std::string& bottom, int outputs, int kernel,
                        const std::string& more = "") {
  return str("layer { name: '", name, "' type: 'Convolution' bottom: '", bottom, "' top: '", name,
             "' convolution_param { num_output: ", outputs, " kernel_size: ", kernel,
             " pad: ", kernel / 2, " ", more, " weight_filler { type: 'xavier' } } }");
}

std::string layer(const std::string& type, const std::string& name,
                  const std::vector<std::string>& bottoms, const std::string& fields = "") {
  std::string text = str("layer { name: '", name, "' type: '", type, "' top: '", name, "'");
  for (const std::string& bottom : bottoms) text += str(" bottom: '", bottom, "'");
  return text + " " + fields + " }";
}

std::string in_place(const std::string& type, const std::string& blob,
                     const std::string& fields = "") {
  return str("layer { name: '", blob, "_", type, "' type: '", type, "' bottom: '", blob, "' top: '",
             blob, "' ", fields, " }");
}

const std::string kRelu = "ReLU";

std::string normalised(const std::string& blob) {
  return in_place("BatchNorm", blob) + in_place("Scale", blob, "scale_param { bias_term: true }");
}

// The mean of all places, then the classes.
std::string classifier(const std::string& bottom) {
  return layer("Pooling", "mean", {bottom}, "pooling_param { pool: AVE global_pooling: true }") +
         layer("InnerProduct", "classes", {"mean"},
               "inner_product_param { num_output: 5 weight_filler { type: 'xavier' } }") +
         layer("SoftmaxWithLoss", "loss", {"classes", "label"});
}

struct Pattern {
  const char* name;
  std::string layers;  // from the blob "data", N x 3 x 29 x 27, to a loss
  int forward = 1, backward = 0;
  std::string labels = "shape { dim: 2 }";
};

std::unique_ptr<Net> net_of(const Pattern& pattern, Phase phase) {
  NetParameter param;
  parse_text(
      "layer { name: 'data' type: 'Input' top: 'data' top: 'label' input_param {"
      "  shape { dim: 2 dim: 3 dim: 29 dim: 27 } " +
          pattern.labels + " } }" + pattern.layers,
      param);
  NetSetup setup;
  setup.options.set_seed(1);
  setup.state.set_phase(phase);
  setup.options.set_device("cpu");
  return std::make_unique<Net>(param, setup);
}

// Reorders of the second pass: the first one reads weights that were filled in plain order.
void check(const Pattern& pattern) {
  for (const Phase phase : {TRAIN, TEST}) {
    const std::unique_ptr<Net> net = net_of(pattern, phase);
    Blob& data = *net->blobs()[net->blob_index("data")];
    for (int pass = 0; pass < 2; ++pass) {
      float* values = data.data().write();
      for (int64_t i = 0; i < data.count(); ++i) values[i] = static_cast<float>(i % 13) - 6;
      int64_t before = Storage::reorders();
      const auto counted = [&](const char* what, int expected) {
        const int64_t count = Storage::reorders() - before;
        before += count;
        if (pass == 0 || count == expected) return;
        test::failed(__FILE__, __LINE__,
                     str(pattern.name, ", ", phase == TRAIN ? "TRAIN" : "TEST", ", ", what, ": ",
                         count, " reorders, expected ", expected));
      };
      net->forward();
      counted("forward", pattern.forward);
      if (phase != TRAIN) continue;
      net->clear_param_diffs();
      net->backward();
      counted("backward", pattern.backward);
    }
  }
}

TEST(net_caffenet_stays_channels_last) {
  const std::string lrn = "lrn_param { local_size: 5 alpha: 0.0001 }";
  const std::string pool = "pooling_param { pool: MAX kernel_size: 3 stride: 2 }";
  check({"CaffeNet",
         convolution("conv1", "data", 16, 5) + in_place(kRelu, "conv1") +
             layer("Pooling", "pool1", {"conv1"}, pool) + layer("LRN", "norm1", {"pool1"}, lrn) +
             convolution("conv2", "norm1", 16, 5, "group: 2") + in_place(kRelu, "conv2") +
             in_place("Dropout", "conv2") + classifier("conv2")});
}

TEST(net_inception_stays_channels_last) {
  const std::string pool = "pooling_param { pool: MAX kernel_size: 3 stride: 1 pad: 1 }";
  check({"GoogLeNet",
         convolution("conv1", "data", 16, 7, "stride: 2") + in_place(kRelu, "conv1") +
             layer("LRN", "norm1", {"conv1"}, "lrn_param { local_size: 5 alpha: 0.0001 }") +
             convolution("one", "norm1", 8, 1) + in_place(kRelu, "one") +
             convolution("three_reduce", "norm1", 8, 1) + in_place(kRelu, "three_reduce") +
             convolution("three", "three_reduce", 16, 3) + in_place(kRelu, "three") +
             convolution("five_reduce", "norm1", 4, 1) + convolution("five", "five_reduce", 8, 5) +
             layer("Pooling", "pool", {"norm1"}, pool) + convolution("project", "pool", 8, 1) +
             layer("Concat", "output", {"one", "three", "five", "project"}) +
             classifier("output")});
}

TEST(net_residual_block_stays_channels_last) {
  check({"ResNet",
         convolution("conv1", "data", 16, 3, "bias_term: false") + normalised("conv1") +
             in_place(kRelu, "conv1") + convolution("branch1", "conv1", 32, 1, "bias_term: false") +
             normalised("branch1") + convolution("branch2a", "conv1", 16, 1, "bias_term: false") +
             normalised("branch2a") + in_place(kRelu, "branch2a") +
             convolution("branch2b", "branch2a", 32, 3, "bias_term: false") +
             normalised("branch2b") + layer("Eltwise", "sum", {"branch1", "branch2b"}) +
             in_place(kRelu, "sum") + classifier("sum")});
}

TEST(net_fire_stays_channels_last) {
  check({"SqueezeNet", convolution("conv1", "data", 16, 3, "stride: 2") + in_place(kRelu, "conv1") +
                           convolution("squeeze", "conv1", 8, 1) + in_place(kRelu, "squeeze") +
                           convolution("expand1", "squeeze", 16, 1) + in_place(kRelu, "expand1") +
                           convolution("expand3", "squeeze", 16, 3) + in_place(kRelu, "expand3") +
                           layer("Concat", "fire", {"expand1", "expand3"}) +
                           in_place("Dropout", "fire") + convolution("conv10", "fire", 5, 1) +
                           in_place(kRelu, "conv10") + classifier("conv10")});
}

TEST(net_dense_block_stays_channels_last) {
  std::string layers = convolution("join0", "data", 16, 3);
  for (const int i : {1, 2, 3}) {
    const std::string before = str("join", i - 1), norm = str("norm", i), conv = str("conv", i);
    layers += layer("BatchNorm", norm, {before}) +
              in_place("Scale", norm, "scale_param { bias_term: true }") + in_place(kRelu, norm) +
              convolution(conv, norm, 12, 3) + in_place("Dropout", conv) +
              layer("Concat", str("join", i), {before, conv});
  }
  check({"DenseNet", layers + classifier("join3")});
}

TEST(net_depthwise_block_stays_channels_last) {
  check({"MobileNet",
         convolution("conv1", "data", 16, 3) + normalised("conv1") + in_place(kRelu, "conv1") +
             convolution("depthwise", "conv1", 16, 3, "group: 16") + normalised("depthwise") +
             in_place("PReLU", "depthwise") + convolution("pointwise", "depthwise", 32, 1) +
             layer("ShuffleChannel", "shuffled", {"pointwise"},
                   "shuffle_channel_param { group: 4 }") +
             classifier("shuffled")});
}

TEST(net_of_activations_stays_channels_last) {
  std::string layers = convolution("y", "data", 16, 3);
  for (const char* type : {"ReLU", "PReLU", "ELU", "Sigmoid", "TanH", "Power", "BNLL", "Exp",
                           "Swish", "ReLU6", "Bias", "Dropout", "BatchNorm", "Scale"}) {
    layers += in_place(type, "y");
  }
  for (const char* type : {"AbsVal", "Clip", "Softmax", "Sigmoid", "TanH", "ELU"}) {
    layers += layer(type, str("apart_", type), {"y"},
                    std::string(type) == "Clip" ? "clip_param { min: -1 max: 1 }" : "");
  }
  layers +=
      layer("Eltwise", "sum", {"apart_AbsVal", "apart_Clip", "apart_Softmax", "apart_Sigmoid"},
            "eltwise_param { coeff: 1 coeff: -2 coeff: 1 coeff: 3 }") +
      layer("Eltwise", "most", {"sum", "apart_TanH"}, "eltwise_param { operation: MAX }") +
      layer("Eltwise", "product", {"most", "apart_ELU"}, "eltwise_param { operation: PROD }") +
      layer("Eltwise", "unstable", {"product", "apart_ELU"},
            "eltwise_param { operation: PROD stable_prod_grad: false }") +
      layer("LRN", "within", {"unstable"}, "lrn_param { norm_region: WITHIN_CHANNEL }");
  check({"activations", layers + classifier("within")});
}

TEST(net_of_slices_and_crops_stays_channels_last) {
  check({"slices",
         convolution("conv1", "data", 24, 3) +
             "layer { name: 'slice' type: 'Slice' bottom: 'conv1' top: 'a' top: 'b'"
             "  slice_param { slice_point: 10 } }" +
             convolution("conv2", "a", 14, 3) + layer("Eltwise", "sum", {"conv2", "b"}) +
             layer("Concat", "images", {"sum", "b"}, "concat_param { axis: 0 }") +
             layer("Interp", "large", {"images"}, "interp_param { zoom_factor: 2 }") +
             layer("Crop", "crop", {"large", "images"}, "crop_param { offset: 3 }") +
             layer("Upsample", "upsample", {"crop"}, "upsample_param { scale: 2 }") +
             layer("Pooling", "pool", {"upsample"},
                   "pooling_param { pool: AVE kernel_size: 3 stride: 2 }") +
             classifier("pool"),
         1, 0, "shape { dim: 4 }"});
}

// Every place has a class of its own.
TEST(net_of_segments_stays_channels_last) {
  check({"FCN",
         convolution("conv1", "data", 16, 3) + in_place(kRelu, "conv1") +
             layer("Pooling", "pool1", {"conv1"},
                   "pooling_param { pool: MAX kernel_size: 2 stride: 2 }") +
             convolution("score", "pool1", 6, 1) +
             layer("Deconvolution", "upscore", {"score"},
                   "convolution_param { num_output: 6 kernel_size: 4 stride: 2 }") +
             layer("Crop", "crop", {"upscore", "data"}, "crop_param { offset: 1 }") +
             layer("SoftmaxWithLoss", "loss", {"crop", "label"}),
         1, 0, "shape { dim: 2 dim: 1 dim: 29 dim: 27 }"});
}

// The permuted predictions are the order the values are in already.
TEST(net_of_boxes_stays_channels_last) {
  const std::string permute = "permute_param { order: 0 order: 2 order: 3 order: 1 }";
  check({"SSD",
         convolution("conv1", "data", 16, 3, "stride: 2") + in_place(kRelu, "conv1") +
             layer("Normalize", "norm", {"conv1"},
                   "norm_param { across_spatial: false channel_shared: false "
                   "scale_filler { value: 20 } }") +
             convolution("conf1", "norm", 12, 3) + layer("Permute", "perm1", {"conf1"}, permute) +
             layer("Flatten", "flat1", {"perm1"}) +
             convolution("conv2", "conv1", 16, 3, "stride: 2") + in_place(kRelu, "conv2") +
             convolution("conf2", "conv2", 12, 3) + layer("Permute", "perm2", {"conf2"}, permute) +
             layer("Flatten", "flat2", {"perm2"}) + layer("Concat", "conf", {"flat1", "flat2"}) +
             layer("SoftmaxWithLoss", "loss", {"conf", "label"})});
}

}  // namespace
}  // namespace caffe
